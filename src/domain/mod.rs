//! The rules, pure: no clock, no async, no IO, no logging, no sentences. Times are told to it; what changed is what a step
//! returns.

pub mod account;
pub mod audit;
pub mod bulletin;
pub mod conversation;
pub mod fold;
pub mod ids;
pub mod news;
pub mod note;
pub mod notice;
pub mod persistent;
pub mod presence;
pub mod refusal;
pub mod time;
