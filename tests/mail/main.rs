//! Letters as a mail program reads them, and how they leave.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

mod classes;
mod dkim;
mod given;
mod letters;
mod postmen;
mod returns;
mod sink;
mod snapshots;
mod verifier;
