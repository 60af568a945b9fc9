//! What the inner rooms need of the world, as traits and plain data.

pub mod audit;
pub mod buckets;
pub mod bus;
pub mod content;
pub mod figures;
pub mod journal;
pub mod log_ins;
pub mod nodes;
pub mod notes;
pub mod outbox;
pub mod postman;
pub mod record;
pub mod returns;
