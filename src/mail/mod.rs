//! Letters, and how they leave.
//!
//! [`letter`] is pure: facts in, bytes out. The postmen carry bytes: [`smtp`] to a relay, [`mod@file`] into a directory,
//! [`catcher`] nowhere (the demo shows what it holds). None of them decides whether to send, or to send again.

mod body;
pub mod catcher;
mod dress;
pub mod envelope_id;
pub mod file;
pub mod harmless;
pub mod letter;
pub mod note;
pub mod published;
pub mod returns;
pub mod scribe;
pub mod smtp;
pub mod trial;
pub mod unsubscribe;
