//! Durations as people write them: `1ms`, `25s`, `2m`, `24h`, `1m30s`.

use std::time::Duration;

/// The units, the largest first: the order in which they must stand.
const UNITS_MS: [(&str, u64); 4] = [("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// Nothing in doorbell waits longer than a year; a limit here keeps every sum of instants in range.
const MAX_MS: u64 = 366 * 24 * 3_600_000;

/// The text is no duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadDuration {
    /// It does not follow the grammar.
    #[error("write a number and its unit, such as `500ms`, `25s`, `2m`, `24h` or `1m30s`")]
    Grammar,
    /// It is longer than anything here may take.
    #[error("it must be at most 366 days (`8784h`)")]
    TooLong,
}

/// Parses whole numbers with the units h, m, s and ms, each at most once, the larger first.
///
/// # Errors
/// See [`BadDuration`].
pub fn parse_duration(text: &str) -> Result<Duration, BadDuration> {
    let mut rest = text;
    let mut units = UNITS_MS.iter();
    let mut total_ms: u64 = 0;
    if rest.is_empty() {
        return Err(BadDuration::Grammar);
    }
    while !rest.is_empty() {
        let (digits, after) = split_while(rest, |c| c.is_ascii_digit());
        let (name, after) = split_while(after, |c| c.is_ascii_alphabetic());
        // The iterator goes on behind the unit found: a repeated or larger unit is not found any more.
        let (_, unit_ms) = units.find(|(unit, _)| *unit == name).ok_or(BadDuration::Grammar)?;
        if digits.is_empty() {
            return Err(BadDuration::Grammar);
        }
        // Only digits: what does not parse is too great.
        let part_ms = digits.parse::<u64>().ok().and_then(|n| n.checked_mul(*unit_ms)).ok_or(BadDuration::TooLong)?;
        total_ms = total_ms.checked_add(part_ms).ok_or(BadDuration::TooLong)?;
        rest = after;
    }
    if total_ms > MAX_MS { Err(BadDuration::TooLong) } else { Ok(Duration::from_millis(total_ms)) }
}

fn split_while(text: &str, belongs: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !belongs(c)).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        for (text, ms) in [
            ("1ms", 1),
            ("25s", 25_000),
            ("2m", 120_000),
            ("24h", 86_400_000),
            ("1500ms", 1_500),
            ("1m30s", 90_000),
            ("1h2m3s4ms", 3_723_004),
            ("0s", 0),
        ] {
            assert_eq!(parse_duration(text), Ok(Duration::from_millis(ms)), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in ["", "soon", "5", "-5s", "1.5s", "5 s", "s", "30s1m", "1s1s", "5d", "5S", "５s"] {
            assert_eq!(parse_duration(text), Err(BadDuration::Grammar), "{text}");
        }
        for text in ["8785h", "99999999999999999999s", "18446744073709551615h"] {
            assert_eq!(parse_duration(text), Err(BadDuration::TooLong), "{text}");
        }
    }
}
