//! The long run behind docs/reliability.md: many rounds of the scenarios that are asked for, a line of JSON each, and the
//! table. `scripts/reliability` starts it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use serde_json::Value;

use crate::house::repository;
use crate::scenarios::{ALL, Size};

const LINES: &str = "target/reliability.jsonl";
const DOCUMENT: &str = "docs/reliability.md";
const BEGIN: &str = "<!-- table: begin -->";
const END: &str = "<!-- table: end -->";

/// Not part of `cargo test`: it takes hours.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "scripts/reliability runs it"]
async fn reliability() {
    let words = |name: &str| std::env::var(name).unwrap_or_default();
    let rounds = words("CLUSTER_ROUNDS").parse().unwrap_or(1);
    let first = words("CLUSTER_SEED").parse().unwrap_or(1);
    let size = if words("CLUSTER_SIZE") == "quick" { Size::Quick } else { Size::Long };
    let wanted = words("CLUSTER_SCENARIOS");
    let wanted: Vec<_> = wanted.split_whitespace().collect();
    for name in &wanted {
        assert!(
            ALL.iter().any(|(known, _)| known == name),
            "no scenario is called {name}: {:?}",
            ALL.map(|(known, _)| known)
        );
    }
    let chosen = ALL.iter().filter(|(name, _)| wanted.is_empty() || wanted.contains(name));
    let mut failed = Vec::new();
    for (name, play) in chosen {
        for seed in first..first + rounds {
            println!("{name}, seed {seed} …");
            // A panic is a finding like any other, and ends nothing but its round.
            let mut line = match AssertUnwindSafe(play(seed, size)).catch_unwind().await {
                Ok(round) => round.line(),
                Err(why) => serde_json::json!({ "scenario": name, "seed": seed, "findings": [panicked(&*why)] }),
            };
            line["size"] = serde_json::json!(format!("{size:?}"));
            println!("{line}");
            let mut file = std::fs::File::options().create(true).append(true).open(repository(LINES)).unwrap();
            writeln!(file, "{line}").unwrap();
            if line["findings"].as_array().is_some_and(|found| !found.is_empty()) {
                failed.push(format!("{name} {seed}"));
            }
        }
    }
    if size == Size::Long {
        write_table();
    }
    assert!(failed.is_empty(), "something was found in {}", failed.join(", "));
}

fn panicked(why: &dyn std::any::Any) -> String {
    let said =
        why.downcast_ref::<String>().cloned().or_else(|| why.downcast_ref::<&str>().map(|said| (*said).to_owned()));
    format!("it panicked: {}", said.unwrap_or_default())
}

/// Puts what all lines come to between the marks of the document.
fn write_table() {
    let lines = std::fs::read_to_string(repository(LINES)).unwrap();
    let lines = lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let lines: Vec<Value> = lines.filter(|line| line["size"] == "Long").collect();
    let document = std::fs::read_to_string(repository(DOCUMENT)).unwrap();
    let (before, rest) = document.split_once(BEGIN).expect("the document marks its table");
    let (_, after) = rest.split_once(END).expect("the document marks the end of its table");
    std::fs::write(repository(DOCUMENT), format!("{before}{BEGIN}\n{}{END}{after}", table(&lines))).unwrap();
}

/// A row for each scenario; empty where none was played.
fn table(lines: &[Value]) -> String {
    let mut table = "| scenario | rounds | deeds | rounds with a finding | figures (greatest of all rounds) |\n|---|---|---|---|---|\n".to_owned();
    for (name, _) in ALL {
        let own: Vec<_> = lines.iter().filter(|line| line["scenario"] == name).collect();
        if own.is_empty() {
            writeln!(table, "| `{name}` | | | | |").unwrap();
            continue;
        }
        let deeds: u64 = own.iter().filter_map(|line| line["deeds"].as_u64()).sum();
        let found = own.iter().filter(|line| line["findings"].as_array().is_none_or(|found| !found.is_empty())).count();
        writeln!(table, "| `{name}` | {} | {deeds} | {found} | {} |", own.len(), figures(&own)).unwrap();
    }
    table
}

fn figures(lines: &[&Value]) -> String {
    let mut greatest = BTreeMap::<&str, f64>::new();
    for (name, value) in lines.iter().filter_map(|line| line["figures"].as_object()).flatten() {
        let known = greatest.entry(name).or_insert(f64::MIN);
        *known = known.max(value.as_f64().unwrap_or(f64::MIN));
    }
    greatest
        .iter()
        .map(|(name, value)| format!("{} {}", name.replace('_', " "), value.round()))
        .collect::<Vec<_>>()
        .join(", ")
}

#[test]
fn the_table_tells_what_was_played_and_leaves_empty_what_was_not() {
    let line = |seed: u64, late: f64, found: &[&str]| serde_json::json!({ "scenario": "power", "seed": seed, "deeds": 10, "figures": { "timer_late_ms": late }, "findings": found });
    let table = table(&[line(1, 3.0, &[]), line(2, 12.4, &["a ghost"])]);
    assert!(table.contains("| `power` | 2 | 20 | 1 | timer late ms 12 |"), "{table}");
    assert!(table.contains("| `pause` | | | | |"), "{table}");
}
