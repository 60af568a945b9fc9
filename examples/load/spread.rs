//! How long something took, over many times.

use std::time::Duration;

use serde::Serialize;

/// Milliseconds.
pub(crate) fn millis(time: Duration) -> f64 {
    rounded(time.as_secs_f64() * 1_000.0)
}

/// Microseconds of each of so many.
pub(crate) fn micros_each(time: Duration, number: usize) -> f64 {
    rounded(time.as_secs_f64() * 1_000_000.0 / number.max(1) as f64)
}

/// To three places, so that a line can be read.
pub(crate) fn rounded(number: f64) -> f64 {
    (number * 1_000.0).round() / 1_000.0
}

/// Of many times.
#[derive(Debug, Serialize)]
#[expect(clippy::struct_field_names, reason = "names carry units, in the JSON too")]
pub(crate) struct Spread {
    p50_ms: f64,
    p90_ms: f64,
    p99_ms: f64,
    max_ms: f64,
}

impl Spread {
    /// `None`: there was none.
    pub(crate) fn of(mut times: Vec<Duration>) -> Option<Self> {
        times.sort_unstable();
        let last = times.len().checked_sub(1)?;
        let at = |share: usize| millis(times[last * share / 100]);
        Some(Self { p50_ms: at(50), p90_ms: at(90), p99_ms: at(99), max_ms: at(100) })
    }
}
