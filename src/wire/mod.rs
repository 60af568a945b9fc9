//! The JSON of the protocol, both directions; the only serde that clients meet.
//!
//! What clients send is decoded by hand into enums, so that every mistake has an exact answer; what they are told is encoded
//! from typed shapes. Sentences are not made here: who encodes passes a [`Voice`].

pub mod audited;
pub mod checked;
pub mod explained;
pub mod fields;
pub mod objects;
pub mod operator_frames;
pub mod server_frames;
pub mod time;
pub mod visitor_frames;

use crate::domain::account::Kind;
use crate::domain::bulletin::Notice;
use crate::domain::conversation::message::Happened;
use crate::domain::notice::reason::Reason;

/// How the reader is told things, in their language.
#[derive(Clone, Copy)]
pub struct Voice<'a> {
    /// The text of a system message.
    pub happened: &'a dyn Fn(&Happened) -> String,
    /// The sentence of a reason for (not) mailing.
    pub reason: &'a dyn Fn(&Reason, Kind) -> String,
    /// The sentence of what an admin should know.
    pub notice: &'a dyn Fn(Notice) -> String,
}
