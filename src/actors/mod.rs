//! Who holds what while it is active, on actix.

pub mod account;
pub mod api;
pub mod directory;
pub mod host;
