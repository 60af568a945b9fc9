//! The scribe at work. Composing takes the processor a millisecond or so, most of it for a signature by RSA: on the arbiter of the
//! postroom one letter would wait for another's, and so would everything else there.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread::available_parallelism;

use tokio::sync::Semaphore;

use super::scribe::HouseScribe;
use crate::domain::note::Note;
use crate::ports::journal::Answer;
use crate::ports::postman::{LetterFacts, Scribe, Written};

/// Has letters written on the runtime's threads for work that blocks: as many at once as there are cores, however many connections
/// wait for one.
pub struct Bureau {
    scribe: Arc<HouseScribe>,
    desks: Arc<Semaphore>,
}

impl Bureau {
    /// Puts the scribe to work.
    pub fn new(scribe: HouseScribe) -> Self {
        let desks = available_parallelism().map_or(1, NonZero::get);
        Self { scribe: Arc::new(scribe), desks: Arc::new(Semaphore::new(desks)) }
    }

    fn have_written(
        &self,
        write: impl FnOnce(&HouseScribe) -> Result<Written, String> + Send + 'static,
    ) -> Answer<Result<Written, String>> {
        let (scribe, desks) = (Arc::clone(&self.scribe), Arc::clone(&self.desks));
        Box::pin(async move {
            let _desk = desks.acquire().await.expect("the semaphore is never closed");
            match tokio::task::spawn_blocking(move || write(&scribe))
                .await
                .map_err(tokio::task::JoinError::try_into_panic)
            {
                Ok(written) => written,
                Err(Ok(panic)) => resume_unwind(panic),
                // The runtime is ending, and whoever asked with it: nothing is known of the letter.
                Err(Err(_)) => std::future::pending().await,
            }
        })
    }
}

impl Scribe for Bureau {
    fn write(&self, facts: LetterFacts) -> Answer<Result<Written, String>> {
        self.have_written(move |scribe| scribe.write(&facts))
    }

    fn write_note(&self, note: Note) -> Answer<Result<Written, String>> {
        self.have_written(move |scribe| scribe.write_note(&note))
    }
}
