//! The doors for sockets, from outside: a server in this process, and peers that behave and that do not.

mod caps;
mod ends;
mod hello;
mod operators;
mod raw;
#[path = "../reference/checker/speech.rs"]
mod speech;
#[path = "../reference/checker/strict.rs"]
mod strict;
mod upgrade;
mod visitors;
mod world;
