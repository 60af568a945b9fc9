//! The doors for sockets, from outside: a server in this process, and peers that behave and that do not.

mod caps;
#[path = "../reference/checker.rs"]
mod checker;
mod ends;
mod hello;
mod operators;
mod raw;
mod upgrade;
mod visitors;
mod world;
