//! The server as the world meets it: a process with sockets, a relay, a store on a disk, and a power switch.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

mod accounts;
#[path = "../reference/checker/answers.rs"]
mod answers;
mod app;
mod check;
mod command_line;
mod crashes;
mod demo;
mod dkim;
mod dns;
mod examples;
mod figures;
mod frames;
mod house;
mod http;
mod moved;
mod nginx;
mod peers;
mod people;
mod post;
#[path = "../mail/postfix/mod.rs"]
mod postfix;
mod proxies;
mod raw;
#[path = "../store_contract/redis_server.rs"]
#[expect(dead_code, reason = "the tests of the store need more of it")]
mod redis_server;
mod refusals;
mod relays;
mod requests;
mod returns;
#[path = "../mail/sink.rs"]
mod sink;
mod socket;
#[path = "../reference/checker/speech.rs"]
mod speech;
mod story;
mod strangers;
#[path = "../reference/checker/strict.rs"]
mod strict;
mod trial;
#[path = "../mail/verifier.rs"]
mod verifier;
mod wire;
