//! See `entries::body`.
#![no_main]

#[path = "../../tests/properties/entries.rs"]
#[expect(dead_code, reason = "each target takes one of them")]
mod entries;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| entries::body(bytes));
