//! What the sender's domain publishes about its mail: SPF, DKIM, DMARC, and where its bounces go.
//!
//! All of it is pure. A judgement is a function of the [`Answers`] that are known; what it lacks it names ([`Stop::Ask`]), and is
//! asked again once that is known. So nothing here waits, and every case is a test without a network.

mod answers;
pub mod dkim;
pub mod dmarc;
pub mod domain;
pub mod spf;
mod tags;

pub use answers::{Answer, Answers, Kind, Question, Stop};
