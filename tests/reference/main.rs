//! The published reference against the code: every call and frame stands in it and nothing else, its bounds are those of the
//! code, its examples are good. (Its examples of calls are sent to a server in `tests/http`, and every answer and frame that any
//! test sees is held against it.)

#![expect(clippy::unwrap_used, reason = "a document that cannot be read has failed")]

#[path = "checker/answers.rs"]
mod answers;
mod bounds;
mod documents;
mod routes;
mod sockets;
#[path = "checker/speech.rs"]
mod speech;
#[path = "checker/strict.rs"]
mod strict;
