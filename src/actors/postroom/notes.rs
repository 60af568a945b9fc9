//! One note's way: that of a letter (rule E4), without a conversation to ask. Notes are plain records without a guard: of a
//! store's one node, one postroom works on them, and each at most once at a time.

use std::time::Duration;

use tracing::{info, warn};

use super::deliver::{CLAIM, Counter, figure};
use super::learn::{Lesson, settle_and_learn};
use crate::actors::shell::settle;
use crate::domain::account::Account;
use crate::domain::note::{Note, Person, Tidings};
use crate::domain::notice::letter::{Attempt, Claim, LetterState};
use crate::domain::time::Timestamp;
use crate::ports::figures;
use crate::ports::journal::{Commit, DocKey, RecordOp, StoreError};
use crate::ports::notes::{self, Due};
use crate::ports::postman::{Delivery, Written};
use crate::ports::record::{credentials_key, decode};

impl Counter {
    /// Works on one note until something is known about it.
    pub(super) async fn deliver_note(&self, due: Due) {
        let id = due.note;
        match self.deliver_note_once(&due).await {
            Ok(Some(note)) => {
                figures::note_is(note.state.as_str());
                info!(note = %id, kind = note.kind(), account = %note.account, state = note.state.as_str(), "a note's state changed");
            }
            Ok(None) => {}
            Err(why) => {
                warn!(note = %id, %why, "a note has to wait for the store");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }

    async fn deliver_note_once(&self, due: &Due) -> Result<Option<Note>, StoreError> {
        let now = self.host.now();
        let note = notes::find(&*self.host.store, due.note).await?.filter(|note| note.due <= now);
        let Some(note) = note else {
            // Where a report and a try wrote the note at the same time, the time of one of them is left. It would be found first
            // for ever.
            self.settle_records(vec![notes::due_gone(due)]).await;
            return Ok(None);
        };
        if note.is_over() {
            self.settle_records(notes::delete(&note)).await;
            return Ok(None);
        }
        if note.state == LetterState::Sending {
            // Only the node that wrote this knows how it went on; if that is a former run, nobody does.
            if note.claim.is_some_and(|claim| claim.node == self.host.node) {
                return Ok(None);
            }
            let (due, why) = (now + self.pauses.uncertain_wait, "the server stopped while the note was on its way");
            return Ok(Some(self.mark(note, LetterState::Uncertain, due, why).await));
        }
        if now >= note.until {
            return Ok(Some(self.mark(note, LetterState::Expired, now, "nobody took it in time").await));
        }
        let Some(note) = self.still_wanted(note.clone()).await? else {
            return Ok(Some(self.mark(note, LetterState::NoLongerNeeded, now, "it helps nobody any more").await));
        };
        Ok(Some(self.attempt_note(note, now).await))
    }

    /// The note with those people only whom it still helps; `None`: nobody.
    async fn still_wanted(&self, mut note: Note) -> Result<Option<Note>, StoreError> {
        match &mut note.tidings {
            Tidings::AddressChanged { .. } => {}
            Tidings::Invited { person, .. } => {
                let has_password = self.host.store.record(credentials_key(person.operator)).await?.is_some();
                if has_password || !self.is_helped(person, &note.to).await? {
                    return Ok(None);
                }
            }
            Tidings::Forgotten { people } => {
                let mut helped = Vec::with_capacity(people.len());
                for person in people.drain(..) {
                    if self.is_helped(&person, &note.to).await? {
                        helped.push(person);
                    }
                }
                if helped.is_empty() {
                    return Ok(None);
                }
                *people = helped;
            }
        }
        Ok(Some(note))
    }

    /// Whether somebody can still use the token: it was not used, and they are active and have this address (rule D3).
    async fn is_helped(&self, person: &Person, to: &str) -> Result<bool, StoreError> {
        let store = &self.host.store;
        let Some(settings) = store.load(vec![DocKey::Settings(person.account)]).await?.pop().flatten() else {
            return Ok(false);
        };
        let account: Account = decode(&settings.state)?;
        let has_address = |email: &str| email.to_lowercase() == to.to_lowercase();
        let is_there = account.operator(person.operator).is_some_and(|o| o.active && has_address(&o.email));
        Ok(is_there && store.record(person.key.clone()).await?.is_some())
    }

    async fn attempt_note(&self, note: Note, at: Timestamp) -> Note {
        let written = match self.scribe.write_note(&note) {
            // A repeat after an unknown outcome sends the same bytes (rule E4). What was refused may tell of people whom it must
            // not tell of any more.
            Ok(written) if note.state == LetterState::Uncertain => {
                Written { raw: note.raw.clone().unwrap_or(written.raw), ..written }
            }
            Ok(written) => written,
            Err(why) => return self.mark(note, LetterState::Failed, at, &why).await,
        };
        let opened = self.postman.open(written.envelope).await;
        let held_until = self.look_at_the_relay(opened.as_ref().map(drop), at);
        let ready = match opened {
            Ok(ready) => ready,
            Err(refusal) => return self.record_note(note, at, refusal.into(), held_until).await,
        };
        let (was_due, mut sending) = (note.due, note);
        sending.state = LetterState::Sending;
        sending.raw = Some(written.raw.clone());
        sending.claim = Some(Claim { node: self.host.node, until: at + CLAIM });
        sending.bodies += 1;
        sending.due = at;
        self.settle_records(notes::put(&sending, Some(was_due))).await;
        let delivery = ready.send(written.raw.into_bytes().into()).await;
        self.record_note(sending, at, delivery, None).await
    }

    /// What became of a try, and what it says of the address. It is durable when this returns: it must not be forgotten.
    async fn record_note(&self, note: Note, at: Timestamp, delivery: Delivery, held_until: Option<Timestamp>) -> Note {
        figure(&delivery);
        let (was_due, now) = (note.due, self.host.now());
        let attempt = Attempt::answered(at, delivery.reply());
        let mut after = match &delivery {
            Delivery::Accepted(_) => note.moved(LetterState::Sent, now, Some(attempt.clone())),
            Delivery::Never(_) => note.refused(attempt.clone(), true, now, &self.pauses),
            Delivery::Later(_) => note.refused(attempt.clone(), false, now, &self.pauses),
            Delivery::Unknown(_) => {
                note.moved(LetterState::Uncertain, now + self.pauses.uncertain_wait, Some(attempt.clone()))
            }
        };
        if let (Some(held_until), false) = (held_until, after.is_over()) {
            after.due = held_until;
        }
        let commit = Commit { records: notes::put(&after, Some(was_due)), ..Commit::default() };
        let lesson = Lesson { to: &after.to, delivery: &delivery, attempt: &attempt };
        // Records have no guard, so nothing can conflict.
        settle_and_learn(&self.host, &self.accounts, after.account, commit, &lesson).await;
        after
    }

    async fn mark(&self, note: Note, state: LetterState, due: Timestamp, why: &str) -> Note {
        let attempt = Attempt::without_a_server(self.host.now(), why);
        let was_due = note.due;
        let note = note.moved(state, due, Some(attempt));
        self.settle_records(notes::put(&note, Some(was_due))).await;
        note
    }

    /// Writes records until they are durable. They have no guard, so nothing can conflict.
    async fn settle_records(&self, records: Vec<RecordOp>) {
        settle(&*self.host.store, Commit { records, ..Commit::default() }).await;
    }
}
