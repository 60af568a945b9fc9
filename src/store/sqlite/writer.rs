//! The one thread that writes. It takes what waits, at most a group of it, into one transaction: one wait for the disk for
//! all of them. If one of them fails, the group is begun again with a savepoint for each, so that it does not poison the rest: a
//! savepoint costs a copy of every page that is written after it.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use rusqlite::{Connection, params};
use tokio::sync::{oneshot, watch};

use crate::domain::time::Timestamp;
use crate::ports::journal::{Commit, Outcome, StoreError};
use crate::store::clock::StoreClock;
use crate::store::repeats::Repeats;

use super::step::{self, Step, Tokens};

/// What the writer keeps of the file in memory. A group of commits changes more pages than SQLite's two megabytes hold: what does
/// not fit is written into the log again and again, and read anew.
const CACHE_KIB: i64 = 16 * 1_024;

/// What the writer is asked.
pub(super) enum Job {
    /// A commit.
    Commit(Commit, oneshot::Sender<Outcome>),
    /// Whether writing works.
    Health(oneshot::Sender<Result<(), StoreError>>),
    /// Something that a move needs, with its number: what it answers.
    Run(Work, i64, oneshot::Sender<Result<i64, StoreError>>),
}

/// Something that is done within the transaction.
type Work = fn(&Connection, i64) -> rusqlite::Result<i64>;

impl Job {
    fn fail(self, why: &str) {
        // Who asked may have gone: then nobody waits for the answer.
        match self {
            Self::Commit(_, asked) => drop(asked.send(Outcome::Unknown { why: why.to_owned() })),
            Self::Health(asked) => drop(asked.send(Err(StoreError::Unavailable(why.to_owned())))),
            Self::Run(_, _, asked) => drop(asked.send(Err(StoreError::Unavailable(why.to_owned())))),
        }
    }
}

/// What is known of a job once it is in the transaction, and true only when the group is durable.
enum Done {
    Step(Step),
    Ran(i64),
    Failed(String),
}

/// The writer's connection and what it tells others.
pub(super) struct Writer {
    db: Connection,
    clock: Arc<StoreClock>,
    /// Counts the changes that other processes made.
    elsewhere: watch::Sender<u64>,
    data_version: i64,
    repeats: Repeats,
}

impl Writer {
    pub(super) fn new(db: Connection, clock: Arc<StoreClock>, elsewhere: watch::Sender<u64>) -> rusqlite::Result<Self> {
        let data_version = data_version(&db)?;
        db.pragma_update(None, "cache_size", -CACHE_KIB)?;
        Ok(Self { db, clock, elsewhere, data_version, repeats: Repeats::default() })
    }

    /// Works until nobody is left who could ask.
    pub(super) fn run(mut self, jobs: &Receiver<Job>, group_len_max: usize, look_around_every: Duration) {
        loop {
            match jobs.recv_timeout(look_around_every) {
                Ok(first) => {
                    let mut group = vec![first];
                    group.extend(jobs.try_iter().take(group_len_max.saturating_sub(1)));
                    self.write(group);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            self.look_around();
        }
    }

    /// One group: afterwards every job in it is answered.
    fn write(&mut self, group: Vec<Job>) {
        match self.try_write(&group) {
            Ok((at, dones)) => {
                for (job, done) in group.into_iter().zip(dones) {
                    if let (Job::Commit(commit, _), Done::Step(Step::Written)) = (&job, &done) {
                        self.repeats.remember(commit);
                    }
                    answer(job, done, at);
                }
            }
            Err(error) => {
                if !self.db.is_autocommit()
                    && let Err(error) = self.db.execute_batch("ROLLBACK")
                {
                    tracing::error!(%error, "the store could not take back a failed group");
                }
                tracing::warn!(%error, jobs = group.len(), "the store could not write");
                let why = error.to_string();
                for job in group {
                    job.fail(&why);
                }
            }
        }
    }

    fn try_write(&mut self, group: &[Job]) -> rusqlite::Result<(Timestamp, Vec<Done>)> {
        self.execute("BEGIN IMMEDIATE")?;
        let dones = if let Ok(dones) = self.try_together(group) {
            dones
        } else {
            // A full disk or a failed read ends the transaction by itself.
            if !self.db.is_autocommit() {
                self.execute("ROLLBACK")?;
            }
            self.execute("BEGIN IMMEDIATE")?;
            self.try_apart(group)?
        };
        // Read last: no instant that a commit of this group holds is later than the mark.
        let at = self.clock.now();
        if dones.iter().any(|done| matches!(done, Done::Step(Step::Written))) {
            mark(&self.db, at)?;
        }
        self.execute("COMMIT")?;
        Ok((at, dones))
    }

    /// An error of one job is that of all.
    fn try_together(&self, group: &[Job]) -> rusqlite::Result<Vec<Done>> {
        let mut tokens = Tokens::default();
        group.iter().map(|job| self.try_job(job, &mut tokens)).collect()
    }

    /// An error of a job is its own; `Err` is one that took the whole transaction along.
    fn try_apart(&self, group: &[Job]) -> rusqlite::Result<Vec<Done>> {
        let mut dones = Vec::with_capacity(group.len());
        for job in group {
            self.execute("SAVEPOINT job")?;
            match self.try_job(job, &mut Tokens::default()) {
                Ok(done) => dones.push(done),
                Err(error) if self.db.is_autocommit() => return Err(error),
                Err(error) => {
                    self.execute("ROLLBACK TO job")?;
                    tracing::warn!(%error, "the store could not write a commit");
                    dones.push(Done::Failed(error.to_string()));
                }
            }
            self.execute("RELEASE job")?;
        }
        Ok(dones)
    }

    fn try_job(&self, job: &Job, tokens: &mut Tokens) -> rusqlite::Result<Done> {
        match job {
            Job::Commit(commit, _) if self.repeats.knows(commit) => Ok(Done::Step(Step::Repeated)),
            Job::Commit(commit, _) => step::apply(&self.db, tokens, commit).map(Done::Step),
            Job::Run(work, number, _) => {
                let done = work(&self.db, *number).map(Done::Ran);
                // It writes what it likes.
                *tokens = Tokens::default();
                done
            }
            // The mark that ends the group is the write.
            Job::Health(_) => Ok(Done::Step(Step::Written)),
        }
    }

    /// Whether another process has written since the last look. Our own readers never write.
    fn look_around(&mut self) {
        match data_version(&self.db) {
            Ok(now) if now == self.data_version => {}
            Ok(now) => {
                self.data_version = now;
                self.elsewhere.send_modify(|changes| *changes += 1);
            }
            Err(error) => tracing::warn!(%error, "the store could not look for changes by others"),
        }
    }

    fn execute(&self, sql: &str) -> rusqlite::Result<()> {
        self.db.prepare_cached(sql)?.execute([]).map(drop)
    }
}

fn answer(job: Job, done: Done, at: Timestamp) {
    match (job, done) {
        (Job::Commit(_, asked), Done::Step(Step::Written | Step::Repeated)) => {
            drop(asked.send(Outcome::Committed { at }));
        }
        (Job::Commit(_, asked), Done::Step(Step::Stale(stale))) => drop(asked.send(Outcome::Conflict { stale })),
        (Job::Health(asked), Done::Step(_)) => drop(asked.send(Ok(()))),
        (Job::Run(_, _, asked), Done::Ran(number)) => drop(asked.send(Ok(number))),
        (job, Done::Failed(why)) => job.fail(&why),
        (job, Done::Step(_) | Done::Ran(_)) => job.fail("it was answered by what was not asked"),
    }
}

/// Writes down how far the clock has come (rule N11: it never goes back over a restart).
fn mark(db: &Connection, at: Timestamp) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO meta (name, value) VALUES ('clock', ?1)
         ON CONFLICT DO UPDATE SET value = max(value, excluded.value)",
    )?
    .execute(params![at.0])
    .map(drop)
}

fn data_version(db: &Connection) -> rusqlite::Result<i64> {
    db.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::journal::RecordOp;
    use crate::store::OpenMode;
    use crate::store::sqlite::file;

    fn put(key: &str, len_bytes: usize) -> Commit {
        let put = RecordOp::Put { key: key.to_owned(), value: vec![b'x'; len_bytes] };
        Commit { records: vec![put], ..Commit::default() }
    }

    fn write(writer: &mut Writer, commits: Vec<Commit>) -> Vec<Outcome> {
        let (jobs, answers): (Vec<_>, Vec<_>) = (commits.into_iter())
            .map(|commit| {
                let (asked, answer) = oneshot::channel();
                (Job::Commit(commit, asked), answer)
            })
            .unzip();
        writer.write(jobs);
        answers.into_iter().map(|mut answer| answer.try_recv().unwrap()).collect()
    }

    fn held(writer: &Writer) -> Vec<String> {
        let mut keys = writer.db.prepare("SELECT key FROM records ORDER BY key").unwrap();
        keys.query_map([], |row| row.get(0)).unwrap().collect::<rusqlite::Result<_>>().unwrap()
    }

    #[test]
    fn a_full_disk_makes_outcomes_unknown_and_takes_nothing_that_was_told() {
        let dir = tempfile::tempdir().unwrap();
        let opened = file::open(&dir.path().join("doorbell.db"), OpenMode::Server, Duration::ZERO).unwrap();
        let clock = Arc::new(StoreClock::start(None));
        let mut writer = Writer::new(opened.db, clock, watch::Sender::new(0)).unwrap();
        let page_count: i64 = writer.db.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
        let limit = |writer: &Writer, pages: i64| {
            writer.db.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |row| row.get::<_, i64>(0)).unwrap()
        };
        limit(&writer, page_count + 4);

        let group = vec![put("a", 10), put("b", 100_000), put("c", 10)];
        let outcomes = write(&mut writer, group.clone());
        let Outcome::Unknown { why } = &outcomes[1] else { panic!("{outcomes:?}") };
        assert!(why.contains("full"), "{why}");
        let committed: Vec<_> = (["a", "b", "c"].iter().zip(&outcomes))
            .filter(|(_, outcome)| matches!(outcome, Outcome::Committed { .. }))
            .map(|(key, _)| *key)
            .collect();
        assert_eq!(held(&writer), committed);

        // The disk has room again: the same commits are asked again, and succeed.
        limit(&writer, page_count + 1_000);
        let outcomes = write(&mut writer, group);
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Committed { .. })), "{outcomes:?}");
        assert_eq!(held(&writer), ["a", "b", "c"]);
    }

    #[test]
    fn one_group_is_one_transaction() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("doorbell.db");
        let opened = file::open(&path, OpenMode::Server, Duration::ZERO).unwrap();
        let other = file::connect_to_read(&path, Duration::ZERO).unwrap();
        let clock = Arc::new(StoreClock::start(None));
        let mut writer = Writer::new(opened.db, clock, watch::Sender::new(0)).unwrap();
        let before = data_version(&other).unwrap();
        let outcomes = write(&mut writer, (0..50).map(|n| put(&n.to_string(), 1)).collect());
        let Outcome::Committed { at } = outcomes[0] else { panic!("{outcomes:?}") };
        assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Committed { at }));
        assert_ne!(data_version(&other).unwrap(), before);
        assert_eq!(held(&writer).len(), 50);
    }
}
