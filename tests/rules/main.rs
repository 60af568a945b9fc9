//! The notification rules, one test a rule and named by its number. Each ends in two assertions: on the outbox, and on
//! what was recorded.

#[allow(dead_code, reason = "each of the test binaries uses another part of the world")]
#[path = "../world/mod.rs"]
mod world;

mod attention;
mod audience;
mod cancels;
mod checks;
mod flapping;
mod letters;
mod presence;
mod recipients;
mod when;
mod why;
