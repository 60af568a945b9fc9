//! The doors for sockets, from outside: a server in this process, and peers that behave and that do not.

mod caps;
mod ends;
#[path = "../reference/checker/frames.rs"]
mod frames;
mod hello;
mod operators;
mod raw;
#[path = "../reference/checker/strict.rs"]
mod strict;
mod upgrade;
mod visitors;
mod world;
