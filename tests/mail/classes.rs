//! Rule D5: what answers of real servers mean. The table is that of the document.

use std::collections::BTreeSet;

use doorbell::domain::notice::class::{Class, classify};
use doorbell::domain::notice::reply::{Phase, Reply};

const DOCUMENT: &str = include_str!("../../docs/mail.md");

/// The rows of the table: server, answer, class.
fn rows() -> Vec<(&'static str, &'static str, &'static str)> {
    let table = DOCUMENT.split("| server | answer | class |").nth(1).unwrap();
    let lines = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let cells = lines.map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect::<Vec<_>>());
    cells.map(|cells| (cells[0], cells[1], cells[2].trim_matches('`'))).collect()
}

/// As a server says it at RCPT, or a relay before it.
fn class(server: &str, answer: &str) -> Class {
    let code = answer[..3].parse().unwrap_or(550);
    let phase = if server.ends_with("as a relay") { Phase::Mail } else { Phase::Rcpt };
    let reply = Reply { code: Some(code), text: answer.to_owned(), server: None, phase };
    classify(&reply).unwrap_or_else(|| panic!("{answer} refuses"))
}

#[test]
fn d5_each_answer_of_the_table_has_its_class() {
    let rows = rows();
    assert!(rows.len() > 60, "{} rows", rows.len());
    let wrong: Vec<_> =
        rows.iter().filter(|(server, answer, wanted)| class(server, answer).as_str() != *wanted).collect();
    let told =
        |(server, answer, wanted): &&(&str, &str, &str)| format!("{wanted}, not {:?}: {answer}", class(server, answer));
    assert!(wrong.is_empty(), "{}", wrong.iter().map(told).collect::<Vec<_>>().join("\n"));
}

#[test]
fn d5_each_class_has_rows() {
    let seen: BTreeSet<&str> = rows().iter().map(|(_, _, class)| *class).collect();
    assert_eq!(seen, Class::ALL.iter().map(|class| class.as_str()).collect());
}

#[test]
fn d5_every_class_and_state_is_explained() {
    for class in Class::ALL {
        assert!(DOCUMENT.contains(&format!("| `{}` |", class.as_str())), "{class:?}");
    }
    for state in doorbell::domain::notice::letter::LetterState::ALL {
        assert!(DOCUMENT.contains(&format!("| `{}` |", state.as_str())), "{state:?}");
    }
}
