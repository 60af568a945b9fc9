//! Who holds what while it is active, on actix.

pub mod account;
pub mod alarm;
pub mod api;
pub mod board;
pub mod conversation;
pub mod directory;
pub mod hearsay;
pub mod host;
pub mod lookout;
pub mod lookup;
pub mod nodes;
pub mod places;
pub mod postroom;
pub mod shared;
pub mod shell;
pub mod start;
pub mod sweeper;
pub mod taken;
