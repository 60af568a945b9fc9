//! What a command prints on stdout: a table or lines for people, JSON for programs.

use std::fmt::{self, Display};
use std::io::{ErrorKind, Write as _};

use serde::Serialize;

use super::CliError;
use super::args::Output;

/// Prints what a command found or made.
///
/// # Errors
/// Where stdout takes nothing. That its reader has gone (`doorbell account list | head -1`) is none.
pub fn print(value: &(impl Serialize + Display), output: Output) -> Result<(), CliError> {
    let text =
        if output.json { serde_json::to_string_pretty(value).map_err(CliError::failed)? } else { value.to_string() };
    let end = if text.ends_with('\n') { "" } else { "\n" };
    let mut stdout = std::io::stdout().lock();
    let written = write!(stdout, "{text}{end}").and_then(|()| stdout.flush());
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(CliError::failed(error)),
        _ => Ok(()),
    }
}

/// A table for people: columns as wide as their widest cell, the last one as it is.
#[derive(Clone, Debug)]
pub struct Table<const COLUMNS: usize> {
    rows: Vec<[String; COLUMNS]>,
}

impl<const COLUMNS: usize> Table<COLUMNS> {
    /// A table with headings only.
    pub fn new(headings: [&str; COLUMNS]) -> Self {
        Self { rows: vec![headings.map(str::to_uppercase)] }
    }

    /// Adds a row. Control characters, which could repaint a terminal, become `�`.
    pub fn row(&mut self, cells: [String; COLUMNS]) {
        self.rows.push(cells.map(|cell| cell.replace(char::is_control, "\u{fffd}")));
    }
}

impl<const COLUMNS: usize> Display for Table<COLUMNS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |column: usize| self.rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths: [usize; COLUMNS] = std::array::from_fn(width);
        for row in &self.rows {
            let cells: Vec<String> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
            writeln!(f, "{}", cells.join("  ").trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_under_their_headings() {
        let mut table = Table::new(["id", "name", "plan"]);
        table.row(["1".to_owned(), "Žluťoučký kůň".to_owned(), "pro".to_owned()]);
        table.row(["22".to_owned(), "a\u{1b}[2Jb".to_owned(), "free".to_owned()]);
        assert_eq!(
            table.to_string(),
            "ID  NAME           PLAN\n1   Žluťoučký kůň  pro\n22  a\u{fffd}[2Jb         free\n"
        );
    }
}
