//! The doors for sockets, from outside: a server in this process, and peers that behave and that do not.

#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

mod boxes;
mod caps;
mod ends;
mod events;
mod fields;
mod hello;
mod isolation;
mod operators;
mod raw;
mod resumes;
mod rfc6455;
#[path = "../reference/checker/speech.rs"]
mod speech;
#[path = "../reference/checker/strict.rs"]
mod strict;
mod tungstenite;
mod upgrade;
mod visitors;
mod world;
