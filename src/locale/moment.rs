//! Instants, spans and counts as people read them.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::domain::time::{Span, Timestamp};

/// How a language tells times.
pub trait Moments {
    /// A day: "3 March 2025".
    fn day(&self, at: &DateTime) -> String;

    /// A day with a time of day within it.
    fn day_and_time(&self, day: String, time: String) -> String;

    /// So many of a unit, in the case that stands after "for" or "in".
    fn amount(&self, count: i64, unit: Unit) -> String;

    /// What stands for the point in "1.5 seconds".
    fn decimal_mark(&self) -> char;

    /// A time of day with seconds: "10:03:10".
    fn clock(&self, at: Timestamp, tz: &TimeZone) -> String {
        let at = local(at, tz);
        format!("{}:{:02}:{:02}", at.hour(), at.minute(), at.second())
    }

    /// A time of day: "10:03".
    fn hour(&self, at: Timestamp, tz: &TimeZone) -> String {
        let at = local(at, tz);
        format!("{}:{:02}", at.hour(), at.minute())
    }

    /// A day with its time: for what may be long ago.
    fn moment(&self, at: Timestamp, tz: &TimeZone) -> String {
        self.day_and_time(self.day(&local(at, tz)), self.hour(at, tz))
    }

    /// A time of day if it is of the same day as `anchor`, else with its day.
    fn near(&self, at: Timestamp, anchor: Option<Timestamp>, tz: &TimeZone) -> String {
        if anchor.is_some_and(|anchor| same_day(at, anchor, tz)) { self.clock(at, tz) } else { self.moment(at, tz) }
    }

    /// The same without seconds, for letters.
    fn near_hour(&self, at: Timestamp, anchor: Timestamp, tz: &TimeZone) -> String {
        if same_day(at, anchor, tz) { self.hour(at, tz) } else { self.moment(at, tz) }
    }

    /// A span in its two largest units: "2 minutes", "1 hour 30 minutes", "1.5 seconds", "600 ms".
    fn duration(&self, span: Span) -> String {
        let total_ms = span.0.max(0);
        match total_ms {
            0..1_000 => format!("{total_ms} ms"),
            1_000..60_000 if total_ms % 1_000 != 0 => {
                let tenths = total_ms / 100;
                format!("{}{}{} s", tenths / 10, self.decimal_mark(), tenths % 10)
            }
            _ => self.whole_seconds(total_ms / 1_000),
        }
    }

    /// The same of a second or more.
    fn whole_seconds(&self, total_s: i64) -> String {
        let parts = [
            (total_s / 86_400, Unit::Day),
            (total_s / 3_600 % 24, Unit::Hour),
            (total_s / 60 % 60, Unit::Minute),
            (total_s % 60, Unit::Second),
        ];
        let told: Vec<_> = (parts.into_iter())
            .skip_while(|(count, _)| *count == 0)
            .take(2)
            .filter(|(count, _)| *count != 0)
            .map(|(count, unit)| self.amount(count, unit))
            .collect();
        told.join(" ")
    }
}

/// What spans are told in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// 86,400 seconds.
    Day,
    /// 3,600 seconds.
    Hour,
    /// 60 seconds.
    Minute,
    /// 1,000 milliseconds.
    Second,
}

/// Whether both are of one day where the clock hangs.
fn same_day(one: Timestamp, other: Timestamp, tz: &TimeZone) -> bool {
    local(one, tz).date() == local(other, tz).date()
}

/// An instant where the clock hangs; one outside of what calendars reach is the epoch (only a corrupt record holds one).
fn local(at: Timestamp, tz: &TimeZone) -> DateTime {
    tz.to_datetime(jiff::Timestamp::from_millisecond(at.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH))
}
