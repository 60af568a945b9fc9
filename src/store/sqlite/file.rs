//! The file: whose it is, which version, in order or not; the lock beside it, and the migrations.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, TransactionBehavior};

use crate::store::{OpenError, OpenMode};

use super::content;

/// The way from each version to the next one: the first makes the tables in an empty file. A step that was released is
/// never changed; what it lacks is a new step.
const STEPS: &[&str] = &[include_str!("schema/1.sql"), include_str!("schema/2.sql")];

/// The version of the file that this program works with.
pub(super) const VERSION: i64 = STEPS.len() as i64;

/// `PRAGMA application_id` of our files: "door".
const APPLICATION: i64 = 0x646f_6f72;

/// Statements kept prepared on each connection; the shapes of the inbox query are the most of them.
const STATEMENTS_CACHED: usize = 128;

/// The WAL is cut to this after a checkpoint, so that a busy hour does not keep the disk for ever.
const WAL_LEN_KEPT_BYTES: i64 = 64 * 1024 * 1024;

/// An open file.
pub(super) struct Opened {
    pub(super) db: Connection,
    /// Held for as long as a server runs.
    pub(super) lock: Option<File>,
}

/// Opens the file for writing: locked, looked over and migrated as the mode wants it.
pub(super) fn open(path: &Path, mode: OpenMode, busy_timeout: Duration) -> Result<Opened, OpenError> {
    match mode {
        OpenMode::Server | OpenMode::MoveTo => {
            let Some(lock) = try_lock(path)? else { return Err(OpenError::InUse { path: path.to_owned() }) };
            create_private(path)?;
            let mut db = connect(path, busy_timeout)?;
            migrate(&mut db, path)?;
            if mode == OpenMode::Server {
                look(&db, path)?;
                finished(&db, path)?;
            } else {
                check(&db, path)?;
            }
            Ok(Opened { db, lock: Some(lock) })
        }
        OpenMode::MoveFrom => {
            if !path.exists() {
                return Err(OpenError::Missing { path: path.to_owned() });
            }
            let Some(lock) = try_lock(path)? else { return Err(OpenError::InUse { path: path.to_owned() }) };
            let db = connect(path, busy_timeout)?;
            match version(&db, path)? {
                VERSION => {}
                found => return Err(OpenError::Older { path: path.to_owned(), found, known: VERSION }),
            }
            check(&db, path)?;
            finished(&db, path)?;
            Ok(Opened { db, lock: Some(lock) })
        }
        OpenMode::Beside | OpenMode::Check => {
            let db = open_beside(path, busy_timeout)?;
            if mode == OpenMode::Check {
                check(&db, path)?;
            }
            finished(&db, path)?;
            Ok(Opened { db, lock: None })
        }
    }
}

/// What a move was to fill and did not is no store yet.
fn finished(db: &Connection, path: &Path) -> Result<(), OpenError> {
    let is_unfinished = content::is_unfinished(db).map_err(|e| failed(path, e))?;
    if is_unfinished { Err(OpenError::HalfMoved { name: path.display().to_string() }) } else { Ok(()) }
}

/// A command beside a server works with the file as it is; one that is not there yet it makes, if no server is about to.
fn open_beside(path: &Path, busy_timeout: Duration) -> Result<Connection, OpenError> {
    if path.exists() {
        let db = connect(path, busy_timeout)?;
        match version(&db, path)? {
            VERSION => return Ok(db),
            0 => {}
            found => return Err(OpenError::Older { path: path.to_owned(), found, known: VERSION }),
        }
    }
    let Some(_until_it_is_made) = try_lock(path)? else { return Err(OpenError::BeingMade { path: path.to_owned() }) };
    create_private(path)?;
    let mut db = connect(path, busy_timeout)?;
    migrate(&mut db, path)?;
    Ok(db)
}

/// The file by its one true name: whatever way leads to it, the lock is in the same place, and no name is special to SQLite.
pub(super) fn resolve(path: &Path) -> Result<PathBuf, OpenError> {
    let failed = |source| OpenError::Io { path: path.to_owned(), source };
    if let Ok(there) = path.canonicalize() {
        return Ok(there);
    }
    let name = path.file_name().ok_or_else(|| failed(io::ErrorKind::InvalidFilename.into()))?;
    let directory = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok(directory.canonicalize().map_err(failed)?.join(name))
}

/// A file that holds password hashes is its owner's only. SQLite gives what it puts beside it the same rights.
fn create_private(path: &Path) -> Result<(), OpenError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(source) if source.kind() != io::ErrorKind::AlreadyExists => {
            Err(OpenError::Io { path: path.to_owned(), source })
        }
        _ => Ok(()),
    }
}

/// A connection that only reads.
pub(super) fn connect_to_read(path: &Path, busy_timeout: Duration) -> Result<Connection, OpenError> {
    let db = connect(path, busy_timeout)?;
    db.pragma_update(None, "query_only", true).map_err(|e| failed(path, e))?;
    Ok(db)
}

fn connect(path: &Path, busy_timeout: Duration) -> Result<Connection, OpenError> {
    let db = Connection::open(path).map_err(|e| failed(path, e))?;
    db.busy_timeout(busy_timeout).map_err(|e| failed(path, e))?;
    db.set_prepared_statement_cache_capacity(STATEMENTS_CACHED);
    // Before anything is written: a file of somebody else must stay as it is.
    version(&db, path)?;
    configure(&db).map_err(|e| failed(path, e))?;
    Ok(db)
}

fn configure(db: &Connection) -> rusqlite::Result<()> {
    // A plan does not hang on the values that are bound. If it did, whatever has a choice of indexes would be prepared anew at
    // each execution: a statement gives its values up when it goes back to the cache, and SQLite takes that for others.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    db.pragma_update(None, "journal_mode", "wal")?;
    db.pragma_update(None, "synchronous", "full")?;
    db.pragma_update(None, "temp_store", "memory")?;
    db.pragma_update(None, "journal_size_limit", WAL_LEN_KEPT_BYTES)
}

/// The file's version, 0 for an empty one; refuses files that are not ours or newer than us.
fn version(db: &Connection, path: &Path) -> Result<i64, OpenError> {
    let number = |sql| db.query_row(sql, [], |row| row.get::<_, i64>(0)).map_err(|e| failed(path, e));
    let found = number("PRAGMA user_version")?;
    let application = number("PRAGMA application_id")?;
    let tables = number("SELECT count(*) FROM sqlite_schema")?;
    match (application, found) {
        (APPLICATION, found) if found > VERSION => {
            Err(OpenError::Newer { path: path.to_owned(), found, known: VERSION })
        }
        (APPLICATION, found) => Ok(found),
        (0, 0) if tables == 0 => Ok(0),
        _ => Err(OpenError::Foreign { path: path.to_owned() }),
    }
}

/// All missing steps in one transaction: afterwards the file is of this version, or as it was.
fn migrate(db: &mut Connection, path: &Path) -> Result<(), OpenError> {
    let found = version(db, path)?;
    if found == VERSION {
        return Ok(());
    }
    take_steps(db, STEPS, found).map_err(|e| failed(path, e))
}

fn take_steps(db: &mut Connection, steps: &[&str], found: i64) -> rusqlite::Result<()> {
    let all = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for step in steps.iter().skip(found as usize) {
        all.execute_batch(step)?;
    }
    all.pragma_update(None, "application_id", APPLICATION)?;
    all.pragma_update(None, "user_version", steps.len() as i64)?;
    all.commit()
}

/// Whether each table can be read at all. A start takes the same time however much the file holds, so it reads no more: what is
/// damaged further in is refused when it is met, and found by [`check`].
fn look(db: &Connection, path: &Path) -> Result<(), OpenError> {
    let begin = |table: &str| db.query_row(&format!("SELECT EXISTS (SELECT 1 FROM {table})"), [], |_| Ok(()));
    let all = || -> rusqlite::Result<()> {
        let mut tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")?;
        let names = tables.query_map([], |row| row.get::<_, String>(0))?.collect::<rusqlite::Result<Vec<_>>>()?;
        names.iter().try_for_each(|table| begin(table))
    };
    all().map_err(|e| failed(path, e))
}

/// Reads all of the file: whether its structure is in order.
fn check(db: &Connection, path: &Path) -> Result<(), OpenError> {
    let found: String = db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(|e| failed(path, e))?;
    if found == "ok" { Ok(()) } else { Err(OpenError::Damaged { path: path.to_owned(), what: found }) }
}

/// The lock beside the file; `None` while somebody else has it. It goes with its process, however that ends.
fn try_lock(path: &Path) -> Result<Option<File>, OpenError> {
    let lock_path = beside(path, "-lock");
    let lock = (OpenOptions::new().create(true).truncate(false).write(true).open(&lock_path))
        .map_err(|source| OpenError::Io { path: lock_path.clone(), source })?;
    match lock.try_lock() {
        Ok(()) => Ok(Some(lock)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(source)) => Err(OpenError::Io { path: lock_path, source }),
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn failed(path: &Path, source: rusqlite::Error) -> OpenError {
    let path = path.to_owned();
    match source.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => OpenError::Foreign { path },
        Some(ErrorCode::DatabaseCorrupt) => OpenError::Damaged { path, what: source.to_string() },
        Some(ErrorCode::CannotOpen) => {
            OpenError::Io { path, source: io::Error::other("it can be neither opened nor made") }
        }
        _ => OpenError::Engine { path, source },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version_of(db: &Connection) -> i64 {
        db.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn only_the_missing_steps_are_taken() {
        let mut db = Connection::open_in_memory().unwrap();
        take_steps(&mut db, &["CREATE TABLE a (x)"], 0).unwrap();
        let steps = ["CREATE TABLE a (x)", "ALTER TABLE a ADD COLUMN y", "CREATE TABLE b (x)"];
        let found = version_of(&db);
        take_steps(&mut db, &steps, found).unwrap();
        assert_eq!(version_of(&db), 3);
        db.execute_batch("INSERT INTO a (x, y) VALUES (1, 2); INSERT INTO b (x) VALUES (3)").unwrap();
    }

    #[test]
    fn a_step_that_fails_leaves_the_file_as_it_was() {
        let mut db = Connection::open_in_memory().unwrap();
        take_steps(&mut db, &["CREATE TABLE a (x)"], 0).unwrap();
        let steps = ["CREATE TABLE a (x)", "CREATE TABLE b (x)", "not SQL"];
        take_steps(&mut db, &steps, 1).unwrap_err();
        assert_eq!(version_of(&db), 1);
        let tables: i64 = db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).unwrap();
        assert_eq!(tables, 1);
    }

    #[cfg(unix)]
    #[test]
    fn the_file_is_its_owners_only() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("doorbell.db");
        drop(open(&path, OpenMode::Server, Duration::ZERO).unwrap());
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}
