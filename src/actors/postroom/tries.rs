//! What letters and notes have in common on their way: races that are run again, and answers that must not be forgotten.

use tracing::warn;

use crate::actors::host::ASK_AGAIN;
use crate::domain::notice::letter::LetterState;
use crate::ports::journal::StoreError;

/// How often a lost race is run again before the letter waits for the next look.
const RACES_MAX: usize = 8;

/// Why a try came to nothing.
pub(super) enum Lost {
    /// Something changed meanwhile: look again.
    Race,
    /// The store is away.
    Store(StoreError),
}

impl From<StoreError> for Lost {
    fn from(why: StoreError) -> Self {
        Self::Store(why)
    }
}

/// What came of something that was done again while somebody else was first.
pub(super) enum Ran<T> {
    /// It was done.
    Done(T),
    /// There was nothing to do.
    Nothing,
    /// It was begun and not done, for this reason: what it claimed is to be given back.
    GaveUp(String),
}

/// Does it again while somebody else is first.
pub(super) async fn until_first<T>(once: impl AsyncFn() -> Result<Option<T>, Lost>) -> Ran<T> {
    for _ in 0..RACES_MAX {
        match once().await {
            Ok(Some(done)) => return Ran::Done(done),
            Ok(None) => return Ran::Nothing,
            Err(Lost::Race) => {}
            Err(Lost::Store(why)) => return Ran::GaveUp(why.to_string()),
        }
    }
    Ran::GaveUp("others were first, again and again".to_owned())
}

/// What the store holds, asked for until it answers: somebody has taken a letter or a note, and that must not be forgotten.
///
/// # Errors
/// What is found cannot be read.
pub(super) async fn until_answered<T>(ask: impl AsyncFn() -> Result<T, StoreError>) -> Result<T, StoreError> {
    loop {
        match ask().await {
            Err(StoreError::Unavailable(why)) => {
                warn!(%why, "what became of a letter or a note has to wait for the store");
                tokio::time::sleep(ASK_AGAIN).await;
            }
            answered => return answered,
        }
    }
}

/// A try, as the answer to it finds it.
#[derive(Clone, Copy)]
pub(super) struct Tried {
    /// Whether the body was sent.
    pub(super) is_sent: bool,
    /// The how manyth it was.
    bodies: u32,
}

impl Tried {
    /// The try of something that was in this state, and of which so many bodies had been sent.
    pub(super) fn of(state: LetterState, bodies: u32) -> Self {
        Self { is_sent: state == LetterState::Sending, bodies }
    }

    /// Whether what another node has written meanwhile still waits for this answer: it took us for gone (we stood still for long),
    /// and nobody has sent a body since.
    pub(super) fn is_awaited(self, state: LetterState, bodies: u32) -> bool {
        self.is_sent && state == LetterState::Uncertain && bodies == self.bodies
    }
}
