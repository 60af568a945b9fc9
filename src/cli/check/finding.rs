//! What a look found: how it stands, what was found, what that means, and what to put where.

use std::fmt::{self, Display, Write as _};

use serde::Serialize;

use crate::cli::mail::test::Line;

/// How a thing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    /// As it should be.
    Ok,
    /// It works, or may work; somebody should know.
    Warning,
    /// Something will not work.
    Wrong,
}

impl State {
    /// The word in the list: it reads without any colour.
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Wrong => "WRONG",
        }
    }

    fn colour(self) -> &'static str {
        match self {
            Self::Ok => "\u{1b}[32m",
            Self::Warning => "\u{1b}[33m",
            Self::Wrong => "\u{1b}[31m",
        }
    }
}

/// A record of the DNS as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Record {
    /// Under which name.
    pub name: String,
    /// Of which type.
    pub r#type: &'static str,
    /// What.
    pub value: String,
}

/// One line of the list, and what is said under it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Finding {
    /// What was looked at.
    pub subject: &'static str,
    /// How it stands.
    pub state: State,
    /// What was found.
    pub found: String,
    /// What that means.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub means: Option<String>,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub todo: Option<String>,
    /// What to put into the DNS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<Record>,
    /// What was said with the relay, where that was asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conversation: Vec<Line>,
}

impl Finding {
    fn new(state: State, subject: &'static str, found: impl Into<String>) -> Self {
        let found = found.into();
        Self { subject, state, found, means: None, todo: None, record: None, conversation: Vec::new() }
    }

    /// As it should be.
    pub(super) fn ok(subject: &'static str, found: impl Into<String>) -> Self {
        Self::new(State::Ok, subject, found)
    }

    /// It works, or may work.
    pub(super) fn warning(subject: &'static str, found: impl Into<String>) -> Self {
        Self::new(State::Warning, subject, found)
    }

    /// It will not work.
    pub(super) fn wrong(subject: &'static str, found: impl Into<String>) -> Self {
        Self::new(State::Wrong, subject, found)
    }

    /// What could not be looked up is not known to be missing.
    pub(super) fn unknown(subject: &'static str, why: &str) -> Self {
        Self::warning(subject, format!("It could not be looked up: {why}."))
            .means("Whether it is there is not known.")
            .todo("Try again, or ask another server: --resolver IP:PORT.")
    }

    /// What that means.
    #[must_use]
    pub(super) fn means(mut self, means: impl Into<String>) -> Self {
        self.means = Some(means.into());
        self
    }

    /// What to do.
    #[must_use]
    pub(super) fn todo(mut self, todo: impl Into<String>) -> Self {
        self.todo = Some(todo.into());
        self
    }

    /// What to put into the DNS.
    #[must_use]
    pub(super) fn txt(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.record = Some(Record { name: name.into(), r#type: "TXT", value: value.into() });
        self
    }
}

/// All findings, in their order.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Report {
    /// The findings.
    pub findings: Vec<Finding>,
    /// How many of them stand how.
    pub summary: Summary,
    /// Whether it is read at a terminal.
    #[serde(skip)]
    pub coloured: bool,
}

/// How many stand how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Summary {
    /// As they should be.
    pub ok: usize,
    /// With a warning.
    pub warnings: usize,
    /// Wrong.
    pub wrong: usize,
}

impl Report {
    /// Of these findings.
    pub(super) fn new(findings: Vec<Finding>) -> Self {
        let count = |state| findings.iter().filter(|finding| finding.state == state).count();
        let summary = Summary { ok: count(State::Ok), warnings: count(State::Warning), wrong: count(State::Wrong) };
        Self { findings, summary, coloured: false }
    }
}

impl Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let warnings = if self.warnings == 1 { "warning" } else { "warnings" };
        write!(f, "{} ok, {} {warnings}, {} wrong", self.ok, self.warnings, self.wrong)
    }
}

/// Before each text: the widest state and the widest subject, and spaces between.
const INDENT: usize = 9 + 15;
/// The longest string of a TXT record, in bytes; a longer value is several of them.
const STRING_LEN_MAX: usize = 255;
/// Where lines are broken. Records and conversations are not: they are to be copied.
const WIDTH: usize = 110;

impl Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in &self.findings {
            let word = format!("{:<9}", finding.state.word());
            if self.coloured {
                write!(f, "{}{word}\u{1b}[0m", finding.state.colour())?;
            } else {
                f.write_str(&word)?;
            }
            writeln!(f, "{:<15}{}", finding.subject, broken(&finding.found, ""))?;
            let space = " ".repeat(INDENT);
            if let Some(means) = &finding.means {
                writeln!(f, "{space}{}", broken(means, ""))?;
            }
            if let Some(todo) = &finding.todo {
                writeln!(f, "{space}-> {}", broken(todo, "   "))?;
            }
            if let Some(Record { name, r#type, value }) = &finding.record {
                writeln!(f, "{space}   {}.  {}  {}", harmless(name), r#type, strings(&harmless(value)))?;
            }
            for line in &finding.conversation {
                writeln!(f, "{space}{line}")?;
            }
        }
        write!(f, "\n{}.", self.summary)
    }
}

/// The text in lines that fit, what comes from elsewhere made harmless for a terminal.
fn broken(text: &str, hang: &str) -> String {
    let mut out = String::new();
    let mut column = INDENT;
    for word in text.split_whitespace() {
        let len = word.chars().count();
        if column > INDENT && column + 1 + len > WIDTH {
            let _ = write!(out, "\n{}{hang}", " ".repeat(INDENT));
            column = INDENT;
        } else if !out.is_empty() {
            out.push(' ');
            column += 1;
        }
        out.push_str(&harmless(word));
        column += len;
    }
    out
}

/// A text as a zone file holds it: in strings of at most 255 bytes, marks that mean something there made harmless.
fn strings(text: &str) -> String {
    let mut strings = vec![String::new()];
    let mut len = 0;
    for c in text.chars() {
        if len + c.len_utf8() > STRING_LEN_MAX {
            strings.push(String::new());
            len = 0;
        }
        len += c.len_utf8();
        if let Some(string) = strings.last_mut() {
            string.extend(matches!(c, '"' | '\\').then_some('\\'));
            string.push(c);
        }
    }
    strings.iter().map(|string| format!("\"{string}\"")).collect::<Vec<_>>().join(" ")
}

fn harmless(text: &str) -> String {
    text.replace(char::is_control, "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_reads_without_colour_and_nothing_in_it_acts() {
        let findings = vec![
            Finding::ok("store", "sqlite:doorbell.db is there."),
            Finding::wrong("SPF", "long ".repeat(30) + "\u{1b}[2J")
                .todo("Publish it:")
                .txt("example.com", "v=spf1 -all"),
        ];
        let report = Report::new(findings);
        let told = report.to_string();
        assert!(told.starts_with("ok       store          sqlite:doorbell.db is there.\nWRONG    SPF            long"));
        assert!(told.ends_with("\n1 ok, 0 warnings, 1 wrong."), "{told}");
        assert!(told.contains("-> Publish it:\n") && told.contains("   example.com.  TXT  \"v=spf1 -all\"\n"));
        assert!(!told.contains('\u{1b}') && told.lines().all(|line| line.chars().count() <= WIDTH));
        assert_eq!(strings("a\"b\\"), r#""a\"b\\""#);
        assert_eq!(strings(&"x".repeat(300)), format!("\"{}\" \"{}\"", "x".repeat(255), "x".repeat(45)));
        let coloured = Report { coloured: true, ..report }.to_string();
        assert!(coloured.contains("\u{1b}[31mWRONG"));
    }
}
