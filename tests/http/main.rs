//! The door for HTTP, as clients meet it: the whole application over accounts that live in memory.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its scene has failed")]

mod accounts;
#[path = "../reference/checker/answers.rs"]
mod answers;
mod company;
mod conversations;
mod everyone;
mod examples;
mod logins;
mod notices;
mod problems;
mod public;
#[path = "../reference/checker/strict.rs"]
mod strict;
mod world;
