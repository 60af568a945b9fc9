//! Times on the wire: RFC 3339 in UTC with exactly three digits of a second, and spans in seconds.

use serde::{Serialize, Serializer};

use crate::domain::time::{Span, Timestamp};

/// 9999-12-31T23:59:59.999Z: what is later is told as this.
const LAST_MS: i64 = 253_402_300_799_999;
const DAY_MS: i64 = 86_400_000;

/// An instant as it is spelled: `2026-08-01T09:05:00.007Z`. What lies outside of the years 1970 to 9999 is told as their edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time(pub Timestamp);

impl From<Timestamp> for Time {
    fn from(at: Timestamp) -> Self {
        Self(at)
    }
}

impl std::fmt::Display for Time {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ms = self.0.0.clamp(0, LAST_MS);
        let (days, ms) = (ms / DAY_MS, ms % DAY_MS);
        let (year, month, day) = civil(days);
        let (hour, minute, second) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", ms % 1_000)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A span in seconds: whole ones without a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seconds(pub Span);

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let ms = self.0.0;
        if ms % 1_000 == 0 {
            serializer.serialize_i64(ms / 1_000)
        } else {
            serializer.serialize_f64(ms as f64 / 1_000.0)
        }
    }
}

/// Year, month and day of a number of days since 1970-01-01, in the Gregorian calendar. Counts from the 1st of March of the
/// year 0, so that a leap day ends its year and its era of 400 years.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(ms: i64) -> String {
        Time(Timestamp(ms)).to_string()
    }

    #[test]
    fn a_time_has_exactly_three_digits_and_a_z() {
        assert_eq!(told(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(told(951_782_399_999), "2000-02-28T23:59:59.999Z");
        assert_eq!(told(951_782_400_007), "2000-02-29T00:00:00.007Z");
        assert_eq!(told(-1), "1970-01-01T00:00:00.000Z");
        assert_eq!(told(i64::MAX), "9999-12-31T23:59:59.999Z");
    }

    #[test]
    fn a_time_is_what_the_calendar_says() {
        for day in 0..60_000 {
            let ms = day * DAY_MS + day % 1_000;
            let expected = jiff::Timestamp::from_millisecond(ms).unwrap().strftime("%Y-%m-%dT%H:%M:%S.").to_string();
            assert!(told(ms).starts_with(&expected), "{ms}: {} is not {expected}", told(ms));
        }
    }

    #[test]
    fn seconds_have_a_point_only_where_it_says_something() {
        let spelled = |ms| serde_json::to_string(&Seconds(Span(ms))).unwrap();
        assert_eq!(spelled(120_000), "120");
        assert_eq!(spelled(600), "0.6");
    }
}
