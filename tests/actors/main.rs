//! The real actors on one arbiter, in paused time, over a store in memory that can be made to misbehave. They are spoken to
//! as the doors do, through `Accounts`; what is expected is read from the outbox and the explanations.

#![expect(clippy::unwrap_used, reason = "a test that gets no answer has failed")]
#![allow(unreachable_pub, reason = "a test binary has no public")]
#![allow(clippy::default_trait_access, reason = "two types are called Plan here")]

mod back;
mod board;
mod counts;
mod deeds;
mod findings;
mod heals;
mod house;
mod lives;
mod log_ins;
mod mails;
mod nodes;
mod order;
mod people;
mod post;
mod posts;
mod presence;
mod races;
mod repeats;
mod storms;
mod tabs;
mod turns;
mod wire;
