//! When an email is due, who gets it, and why not.

pub mod explain;
pub mod letter;
pub mod reason;
