//! The door for HTTP, as clients meet it: the whole application over accounts that live in memory.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its scene has failed")]

mod accounts;
mod audit;
mod company;
mod conversations;
mod devices;
mod everyone;
mod headers;
mod logins;
mod notes;
mod notices;
mod notifications;
mod passwords;
mod problems;
mod public;
#[path = "../mail/sink.rs"]
mod sink;
mod world;
