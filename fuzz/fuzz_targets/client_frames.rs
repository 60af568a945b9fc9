//! See `entries::client_frames`.
#![no_main]

#[path = "../../tests/properties/entries.rs"]
#[expect(dead_code, reason = "each target takes one of them")]
mod entries;

libfuzzer_sys::fuzz_target!(|text: &str| entries::client_frames(text));
