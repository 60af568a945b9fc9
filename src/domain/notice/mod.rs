//! When an email is due, who gets it, and why not.

pub mod check;
pub mod checks;
pub mod class;
pub mod condition;
pub mod explain;
pub mod judge;
pub mod letter;
pub mod reason;
pub mod refusals;
pub mod reply;
pub mod rules;
