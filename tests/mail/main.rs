//! Letters as a mail program reads them, and how they leave.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

mod breaks;
mod classes;
mod dkim;
mod given;
mod letters;
mod postfix;
mod postmen;
mod relays;
mod returns;
mod sink;
mod snapshots;
mod verifier;
