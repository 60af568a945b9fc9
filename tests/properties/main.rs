//! What must hold whatever comes from the internet: [`entries`] over made-up input, and that what is encoded is decoded equal.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

mod decoded;
mod entries;
mod made_up;
