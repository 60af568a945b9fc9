//! A move of a whole installation from one store into another, while no server runs.
//!
//! The source is walked in pages and written to the target by ordinary commits, each document with the token that it has, so that it
//! does not matter how either engine lays things out. The target bears a mark from before the first write until both sides have been
//! walked once more and found equal; with it no server takes the target.

mod digest;
mod writer;

use std::sync::Arc;

use crate::domain::ids::NodeId;
use crate::domain::time::Span;
use crate::ports::content::{Beginning, Content, Piece};
use crate::ports::journal::{Store, StoreError};
use crate::ports::nodes::{self, NodeLease, Stage as NodeStage};
use crate::ports::record;

use super::redis::RedisStore;
use super::sqlite::{Options, SqliteStore};
use super::{How, OpenError};
pub use digest::Sum;
use digest::Summing;
use writer::Writer;

/// One side of a move.
#[derive(Clone)]
pub struct Side {
    /// The store.
    pub store: Arc<dyn Store>,
    /// The same, as a whole.
    pub content: Arc<dyn Content>,
}

impl Side {
    /// A side of an engine that is open.
    pub fn of<S: Store + Content>(store: Arc<S>) -> Self {
        Self { store: store.clone(), content: store }
    }

    /// Opens the store at `sqlite:PATH` or a Redis, to move out of it ([`MoveFrom`](super::OpenMode::MoveFrom)) or into it
    /// ([`MoveTo`](super::OpenMode::MoveTo)).
    ///
    /// # Errors
    /// It cannot be opened, or a server has it; the error says what to do.
    pub fn open(url: &str, how: How) -> Result<Self, OpenError> {
        match url.split_once(':') {
            Some(("sqlite", path)) if !path.is_empty() => {
                Ok(Self::of(SqliteStore::open(path, Options::new(how.mode))?))
            }
            Some(("redis" | "rediss" | "redis+unix" | "redis-sentinel", _)) => {
                Ok(Self::of(RedisStore::open(url, how)?))
            }
            _ => Err(OpenError::UnknownUrl(url.to_owned())),
        }
    }
}

/// Why nothing was moved, or not all, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum MoveError {
    /// One side cannot be opened.
    #[error("{0}")]
    Open(#[from] OpenError),
    /// A node works on the source.
    #[error(
        "node {node}{} renewed its lease {} s ago: stop it first; if it has just been killed, wait until {} s have passed",
        if place.is_empty() { String::new() } else { format!(" at {place}") },
        ago.0 / 1_000,
        lease.0 / 1_000
    )]
    Alive {
        /// Which.
        node: NodeId,
        /// Where it runs.
        place: String,
        /// How long ago.
        ago: Span,
        /// How long a node is believed to live.
        lease: Span,
    },
    /// One side does not answer, before anything was moved.
    #[error("nothing was moved: {0}")]
    Away(StoreError),
    /// There is nothing to move.
    #[error("the source holds nothing; check --from")]
    Nothing,
    /// The target is somebody's already.
    #[error("the target holds data already; name one that is empty: another file, or another database of the Redis")]
    Full,
    /// The target was left half-moved.
    #[error(
        "a move into the target was not finished; repeat the command with --restart, which removes what that move wrote and starts over"
    )]
    Unfinished,
    /// The source cannot be read.
    #[error(
        "the source cannot be read: {0}; the target is half-moved: mend that, and repeat the command with --restart"
    )]
    Source(StoreError),
    /// The target cannot be written or read.
    #[error("the target does not work: {0}; it is half-moved: mend that, and repeat the command with --restart")]
    Target(StoreError),
    /// Somebody else writes to the target.
    #[error("somebody else writes to the target; end that, and repeat the command with --restart")]
    Disturbed,
    /// Both sides were read, and are not the same.
    #[error(
        "after the move the two sides differ ({what}); if something wrote to the source meanwhile, end that, and repeat the command \
         with --restart"
    )]
    Differs {
        /// In what.
        what: String,
    },
}

/// What a move is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It copies.
    Copying,
    /// It reads the source again.
    CheckingSource,
    /// It reads the target.
    CheckingTarget,
}

/// How far a move has come.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// With what.
    pub stage: Stage,
    /// So many pieces are done.
    pub done: u64,
    /// Of about so many.
    pub of: u64,
}

/// What was found on both sides when all was done: the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// The source.
    pub source: Sum,
    /// The target.
    pub target: Sum,
}

/// Looks whether a move out of this store can begin: no node has it, and it holds something.
///
/// # Errors
/// It cannot.
pub async fn look(from: &Side, lease: Span) -> Result<(), MoveError> {
    nobody_lives(from, lease, MoveError::Away).await?;
    let first = Arc::clone(&from.content).walk().next().await.map_err(MoveError::Away)?;
    if first.is_empty() { Err(MoveError::Nothing) } else { Ok(()) }
}

/// Moves everything. `restart`: what an unfinished move left in the target is removed first.
///
/// # Errors
/// It could not be done; the target is then no server's until it is.
pub async fn run(
    from: &Side,
    to: &Side,
    lease: Span,
    restart: bool,
    watch: &mut dyn FnMut(Progress),
) -> Result<Moved, MoveError> {
    match to.content.begin().await.map_err(MoveError::Away)? {
        Beginning::Begun => {}
        Beginning::Full => return Err(MoveError::Full),
        Beginning::Unfinished if restart => to.content.clear().await.map_err(MoveError::Target)?,
        Beginning::Unfinished => return Err(MoveError::Unfinished),
    }
    let of = from.content.size().await.map_err(MoveError::Source)?;
    let copied = copy(from, to, of, watch).await?;
    let of = copied.pieces();
    let source =
        sum(from, MoveError::Source, &mut |done| watch(Progress { stage: Stage::CheckingSource, done, of })).await?;
    let target =
        sum(to, MoveError::Target, &mut |done| watch(Progress { stage: Stage::CheckingTarget, done, of })).await?;
    nobody_lives(from, lease, MoveError::Source).await?;
    if let Some(what) = difference(&copied, &source, "before", "now").or(difference(&source, &target, "there", "here"))
    {
        return Err(MoveError::Differs { what });
    }
    to.content.finish(from.store.now()).await.map_err(MoveError::Target)?;
    Ok(Moved { source, target })
}

/// Whoever has renewed its lease lately may write at any moment.
async fn nobody_lives(from: &Side, lease: Span, failed: fn(StoreError) -> MoveError) -> Result<(), MoveError> {
    let leases = nodes::read(&*from.store).await.map_err(failed)?;
    if let Some((_, why)) = leases.unreadable.into_iter().next().filter(|_| from.store.is_shared()) {
        return Err(failed(why));
    }
    let now = from.store.now();
    for (node, found) in leases.known {
        let NodeLease { renewed_at, place, stage, .. } = found;
        // A file that is locked for the move has nobody, whatever is written there.
        if from.store.is_shared() && stage != NodeStage::Ended && now - renewed_at <= lease {
            return Err(MoveError::Alive { node, place, ago: now - renewed_at, lease });
        }
    }
    Ok(())
}

async fn copy(from: &Side, to: &Side, of: u64, watch: &mut dyn FnMut(Progress)) -> Result<Sum, MoveError> {
    let mut walk = Arc::clone(&from.content).walk();
    let mut writer = Writer::new(Arc::clone(&to.store));
    let mut summing = Summing::begin();
    loop {
        let page = walk.next().await.map_err(MoveError::Source)?;
        if page.is_empty() {
            break;
        }
        for piece in page {
            let piece = as_moved(piece).map_err(MoveError::Source)?;
            summing.add(&piece);
            writer.write(piece).await?;
        }
        watch(Progress { stage: Stage::Copying, done: summing.pieces(), of: of.max(summing.pieces()) });
    }
    writer.finish().await?;
    Ok(summing.end())
}

async fn sum(side: &Side, failed: fn(StoreError) -> MoveError, watch: &mut dyn FnMut(u64)) -> Result<Sum, MoveError> {
    let mut walk = Arc::clone(&side.content).walk();
    let mut summing = Summing::begin();
    loop {
        let page = walk.next().await.map_err(failed)?;
        if page.is_empty() {
            return Ok(summing.end());
        }
        for piece in page {
            summing.add(&as_moved(piece).map_err(failed)?);
        }
        watch(summing.pieces());
    }
}

/// The nodes of the source have ended. Their leases go along all the same: what was connected to them is dated back to the last
/// renewal (rules P4, N10), and only of one that has ended it is known at once that it does not come back.
fn as_moved(piece: Piece) -> Result<Piece, StoreError> {
    match piece {
        Piece::Record(key, value) if key.starts_with(record::NODES) => {
            let lease: NodeLease = record::decode(&value)?;
            let ended = NodeLease { stage: NodeStage::Ended, ..lease };
            Ok(Piece::Record(key, record::encode(&ended)))
        }
        piece => Ok(piece),
    }
}

/// In what two sides differ, if they do.
fn difference(one: &Sum, other: &Sum, one_is: &str, other_is: &str) -> Option<String> {
    let mut counts = one.counts.iter().zip(&other.counts);
    let differs = counts.find(|((_, one), (_, other))| one != other);
    match differs {
        Some(((part, one), (_, other))) => Some(format!("{}: {one} {one_is}, {other} {other_is}", part.as_str())),
        None if one.sha256 != other.sha256 => Some("as many pieces, but not the same ones".to_owned()),
        None => None,
    }
}
