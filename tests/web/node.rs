//! Node's own test runner, and the files that it is given.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// Where the journeys are, from the repository's root.
pub(crate) const JOURNEYS: &str = "tests/web/journeys/";
/// Longer than this, no file of tests takes on any machine that can run them.
const FILE_TIMEOUT_MS: u32 = 480_000;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files of tests under `tests/web`, by their paths from the repository's root.
pub(crate) fn test_files() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    walk("tests/web", &mut found);
    assert!(!found.is_empty(), "there are none");
    found
}

fn walk(folder: &str, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(root().join(folder)).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{folder}/{}", entry.file_name().into_string().unwrap());
        if entry.file_type().unwrap().is_dir() {
            if entry.file_name() != "node_modules" {
                walk(&path, found);
            }
        } else if path.ends_with(".test.mjs") {
            found.insert(path);
        }
    }
}

/// Runs the tests of some files, against the server of this build. All of them must pass, and there must be some in each.
pub(crate) fn run<'a>(files: impl Iterator<Item = &'a String>) {
    let files: Vec<_> = files.collect();
    assert!(!files.is_empty(), "no file of tests");
    assert!(root().join("tests/web/node_modules").is_dir(), "run `npm ci --prefix tests/web`, or `scripts/test`");
    let mut command = Command::new("node");
    command.args(["--test", "--test-reporter=tap", "--import", "./tests/web/resolve.mjs"]);
    command.arg(format!("--test-timeout={FILE_TIMEOUT_MS}")).args(&files).current_dir(root());
    let output = command.env("DOORBELL_BIN", env!("CARGO_BIN_EXE_doorbell")).output();
    let output = output.expect("Node is installed: `scripts/test` does that");
    let told = String::from_utf8_lossy(&output.stdout);
    let said = format!("{told}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
    assert_eq!(wrong_with(&told, &files), None, "{said}");
}

/// Why what Node told (as TAP) is no proof that all tests of these files passed, if it is none.
fn wrong_with(told: &str, files: &[&String]) -> Option<String> {
    let count = |what: &str| -> Option<usize> {
        told.lines().rev().find_map(|line| line.strip_prefix(&format!("# {what} "))?.parse().ok())
    };
    if count("pass").unwrap_or(0) == 0 {
        return Some("no test ran".to_owned());
    }
    if let Some(what) = ["fail", "cancelled", "skipped", "todo"].into_iter().find(|what| count(what) != Some(0)) {
        return Some(format!("{what}: {:?}", count(what)));
    }
    // A file without tests counts as one test that passed, under its own name.
    let is_empty = |file: &str| told.lines().any(|line| line.starts_with("ok ") && line.ends_with(file));
    files.iter().find(|file| is_empty(file)).map(|file| format!("{file} has no test"))
}

#[test]
fn only_tests_that_ran_and_passed_are_a_proof() {
    let told = |line: &str, counts: [usize; 5]| {
        let names = ["pass", "fail", "cancelled", "skipped", "todo"];
        let counts: Vec<_> = names.iter().zip(counts).map(|(name, count)| format!("# {name} {count}")).collect();
        format!("TAP version 13\n{line}\n1..1\n{}\n# duration_ms 9.5\n", counts.join("\n"))
    };
    let file = "tests/web/journeys/a.test.mjs".to_owned();
    let wrong = |told: &str| wrong_with(told, &[&file]);
    assert_eq!(wrong(&told("ok 1 - a letter opens its conversation", [1, 0, 0, 0, 0])), None);
    assert_eq!(wrong(&told("not ok 1 - it", [1, 1, 0, 0, 0])).as_deref(), Some("fail: Some(1)"));
    assert_eq!(wrong(&told("ok 1 - it # SKIP", [1, 0, 0, 1, 0])).as_deref(), Some("skipped: Some(1)"));
    assert_eq!(wrong(&told("ok 1 - it", [1, 0, 0, 0, 1])).as_deref(), Some("todo: Some(1)"));
    assert_eq!(wrong(&told("", [0, 0, 0, 0, 0])).as_deref(), Some("no test ran"));
    assert_eq!(wrong("# the runner died").as_deref(), Some("no test ran"));
    let empty = told("ok 1 - /somewhere/tests/web/journeys/a.test.mjs", [1, 0, 0, 0, 0]);
    assert_eq!(wrong(&empty).as_deref(), Some("tests/web/journeys/a.test.mjs has no test"));
}
