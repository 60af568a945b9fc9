//! The door for HTTP, as clients meet it: the whole application over accounts that live in memory.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its scene has failed")]

mod accounts;
#[path = "../reference/checker/answers.rs"]
mod answers;
mod audit;
mod bad_input;
mod checks;
mod company;
mod conversations;
mod devices;
mod everyone;
mod examples;
mod headers;
mod inbound;
mod logins;
mod notes;
mod notices;
mod notifications;
mod passwords;
mod problems;
mod public;
mod revoked;
#[path = "../mail/sink.rs"]
mod sink;
#[path = "../reference/checker/strict.rs"]
mod strict;
mod threads;
mod together;
mod unsubscribe;
mod world;
