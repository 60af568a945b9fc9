//! Where accounts live: the engines behind [`ports::journal::Store`](crate::ports::journal::Store), and the shapes of what
//! they hold.

pub mod adversary;
pub mod clock;
pub mod memory;
pub mod metered;
pub mod moving;
pub use crate::ports::record;
pub mod redis;
mod repeats;
pub mod sqlite;

use std::path::PathBuf;
use std::sync::Arc;

use crate::ports::buckets::Buckets;
use crate::ports::bus::{Alone, Bus};
use crate::ports::journal::{Commit, Store};
use memory::MemoryStore;
use sqlite::{Options, SqliteStore};

/// Who opens the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenMode {
    /// The server: the only one on its file; makes and migrates it.
    Server,
    /// A command of the command line, with or without a running server beside it; never migrates.
    Beside,
    /// Somebody who wants to know whether a server would start on it: as beside one, but as exacting as the server.
    Check,
    /// A move out of it: alone on its file, which it neither makes nor migrates.
    MoveFrom,
    /// A move into it: the only one that takes a store whose move is not finished.
    MoveTo,
}

/// Why the store cannot be opened, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Not the address of a store.
    #[error(
        "{0:?} is not the address of a store; write sqlite:PATH (for example sqlite:doorbell.db), memory:, or redis://HOST:PORT/DATABASE"
    )]
    UnknownUrl(String),
    /// A Redis that cannot be used.
    #[error("{0}")]
    Redis(String),
    /// A server has it.
    #[error(
        "{} is in use by a doorbell server, or by a move; stop that one first (a server beside it needs a file of its own)",
        path.display()
    )]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// There is no such file, and whoever asked does not make it.
    #[error(
        "{} is not there, so nothing can be moved out of it; check the path, which counts from the working directory",
        path.display()
    )]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// A move into it ended halfway.
    #[error(
        "a move into {name} was not finished, so it holds a part of an installation; repeat `doorbell store move` into it with \
         --restart, which removes that part and starts over"
    )]
    HalfMoved {
        /// What it is called.
        name: String,
    },
    /// A server that has just started has not made the file yet.
    #[error("{} is just being made by a doorbell server; try again in a moment", path.display())]
    BeingMade {
        /// The file.
        path: PathBuf,
    },
    /// Made by an older version, and only a server migrates.
    #[error(
        "{} is of version {found}, this program works with {known}; back the file up and start `doorbell serve` of this \
         version, which migrates it",
        path.display()
    )]
    Older {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// Made by a newer version.
    #[error(
        "{} is of version {found}, this program knows versions up to {known}; run the newer doorbell that wrote it, or \
         restore the backup made before the upgrade",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// A file of something else.
    #[error("{} is not a database of doorbell; it was left as it is: give the path of another file", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The file's structure is broken.
    #[error("{} is damaged ({what}); restore it from a backup, or try `sqlite3 FILE .recover`", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What the check found.
        what: String,
    },
    /// The file, or the lock beside it, cannot be used.
    #[error("{} cannot be used: {source}; check that its directory exists and may be written to", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The engine failed otherwise.
    #[error(
        "{} cannot be opened: {source}; check that the file and its directory may be written to and the disk has room",
        path.display()
    )]
    Engine {
        /// The file.
        path: PathBuf,
        /// What the engine said.
        source: rusqlite::Error,
    },
}

/// A store that is open, and what a node needs beside it.
#[derive(Clone)]
pub struct Opened {
    /// The store.
    pub store: Arc<dyn Store>,
    /// The way to the other nodes on it.
    pub bus: Arc<dyn Bus>,
    /// The counts that they keep together; `None`: there are no others.
    pub buckets: Option<Arc<dyn Buckets>>,
}

impl Opened {
    /// A store that one node has for itself.
    pub fn alone(store: Arc<dyn Store>) -> Self {
        Self { store, bus: Arc::new(Alone), buckets: None }
    }
}

/// How a store is opened.
#[derive(Clone, Debug)]
pub struct How {
    /// By whom.
    pub mode: OpenMode,
    /// Redis: one that may lose what it acknowledged is accepted.
    pub allow_lossy: bool,
    /// Redis: for how many replicas each commit waits.
    pub replicas: u32,
    /// Redis, over TLS: a file with the certificates (PEM) of those who may vouch for it; `None`: the public authorities.
    pub ca_file: Option<PathBuf>,
}

impl From<OpenMode> for How {
    fn from(mode: OpenMode) -> Self {
        Self { mode, allow_lossy: false, replicas: 0, ca_file: None }
    }
}

/// Opens the store at `sqlite:PATH`, `memory:`, or a Redis (`redis://…`, `rediss://…`, `redis+unix://…`, `redis-sentinel://…`). Blocks
/// while a file is checked and migrated, or a Redis looked at.
pub fn open(url: &str, how: How) -> Result<Opened, OpenError> {
    match url.split_once(':') {
        Some(("sqlite", path)) if !path.is_empty() => {
            let store = SqliteStore::open(path, Options::new(how.mode))?;
            Ok(Opened { bus: store.clone(), ..Opened::alone(store) })
        }
        Some(("memory", "")) => Ok(Opened::alone(MemoryStore::new())),
        Some(("redis" | "rediss" | "redis+unix" | "redis-sentinel", _)) => redis::open(url, how),
        _ => Err(OpenError::UnknownUrl(url.to_owned())),
    }
}

/// Every engine's first look at a commit.
///
/// # Panics
/// When it writes a document that it did not read. That would be a write without a guard: a defect of the caller, which no
/// outcome could tell and no repeat could mend.
fn well_formed(commit: &Commit) {
    for write in &commit.writes {
        assert!(commit.reads.iter().any(|(key, _)| *key == write.key), "{:?} is written but was not read", write.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_leads_nowhere_is_answered_with_those_that_do() {
        for (url, wanted) in [("doorbell.db", "not the address"), ("sqlite:", "not the address")] {
            let said = open(url, OpenMode::Server.into()).err().map(|e| e.to_string()).unwrap_or_default();
            assert!(said.contains(wanted) && said.contains("sqlite:PATH"), "{said}");
        }
    }

    #[test]
    fn memory_opens() {
        assert!(open("memory:", OpenMode::Server.into()).is_ok());
    }
}
