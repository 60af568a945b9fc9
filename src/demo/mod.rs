//! The throw-away world: a shop with three people, a mailbox that catches their mails, and a story to try.

pub mod mailbox;
pub mod world;
