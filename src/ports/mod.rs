//! What the inner rooms need of the world, as traits and plain data.

pub mod figures;
pub mod journal;
pub mod postman;
pub mod record;
