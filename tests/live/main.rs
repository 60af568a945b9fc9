//! The server as the world meets it: a process with sockets, a relay, a store on a disk, and a power switch.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

mod accounts;
mod app;
mod command_line;
mod crashes;
mod demo;
mod figures;
mod frames;
mod house;
mod http;
mod peers;
mod people;
mod post;
mod proxies;
mod raw;
mod requests;
mod returns;
#[path = "../mail/sink.rs"]
mod sink;
mod socket;
mod story;
mod strangers;
mod wire;
