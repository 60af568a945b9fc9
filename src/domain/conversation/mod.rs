//! A visitor's thread: what is said in it, what waits in it, and how it is shown.

pub mod message;
pub mod view;
