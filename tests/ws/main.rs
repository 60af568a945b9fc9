//! The doors for sockets, from outside: a server in this process, and peers that behave and that do not.

mod caps;
mod ends;
mod hello;
mod operators;
mod raw;
mod rfc6455;
mod tungstenite;
mod upgrade;
mod visitors;
mod world;
