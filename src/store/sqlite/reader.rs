//! The threads that read. Each has its own connection, which cannot write.

use std::sync::mpsc::Receiver;
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, Error, ErrorCode};
use tokio::sync::oneshot;

use crate::ports::journal::StoreError;

/// A question to a reader, with the way back for its answer inside.
pub(super) type ReadJob = Box<dyn FnOnce(&Connection) + Send>;

/// The question, and to whom the answer goes.
pub(super) fn job<T: Send + 'static>(
    question: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    asked: oneshot::Sender<Result<T, StoreError>>,
) -> ReadJob {
    // Who asked may have gone: then nobody waits for the answer.
    Box::new(move |db| drop(asked.send(question(db).map_err(|e| unreadable(&e)))))
}

/// A reader's life: one waits for the next question, the others for their turn to wait.
pub(super) fn run(db: &Connection, questions: &Mutex<Receiver<ReadJob>>) {
    loop {
        let next = questions.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match next {
            Ok(question) => question(db),
            Err(_) => return,
        }
    }
}

fn unreadable(error: &Error) -> StoreError {
    let is_corrupt = match error {
        Error::FromSqlConversionFailure(..) | Error::InvalidColumnType(..) | Error::IntegralValueOutOfRange(..) => true,
        other => {
            matches!(other.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
        }
    };
    let why = error.to_string();
    if is_corrupt { StoreError::Corrupt(why) } else { StoreError::Unavailable(why) }
}
