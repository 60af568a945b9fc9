//! The door for HTTP, as clients meet it: the whole application over accounts that live in memory.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its scene has failed")]

mod accounts;
#[path = "../reference/checker.rs"]
mod checker;
mod company;
mod conversations;
mod everyone;
mod logins;
mod problems;
mod public;
mod world;
