//! Letters, and how they leave.
//!
//! [`letter`] is pure: facts in, bytes out. The postmen carry bytes: [`smtp`] to a relay, [`mod@file`] into a directory,
//! [`catcher`] nowhere (the demo shows what it holds). None of them decides whether to send, or to send again. Where a key is
//! configured, [`dkim`] signs what [`scribe`] has written, before anybody carries it; [`bureau`] has that done on other threads.

mod body;
pub mod bureau;
pub mod catcher;
pub mod dkim;
mod dress;
pub mod envelope_id;
pub mod file;
mod flowed;
pub mod harmless;
pub mod letter;
mod mime;
pub mod note;
pub mod published;
pub mod returns;
pub mod scribe;
pub mod smtp;
pub mod trial;
pub mod unsubscribe;
