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
    let count = |what: &str| -> Option<usize> {
        told.lines().rev().find_map(|line| line.strip_prefix(&format!("# {what} "))?.parse().ok())
    };
    for none in ["fail", "cancelled", "skipped", "todo"] {
        assert_eq!(count(none), Some(0), "{none}:\n{said}");
    }
    for file in files {
        // A file without tests counts as one test that passed, under its own name.
        let is_file_itself = |line: &str| line.starts_with("ok ") && line.ends_with(file.as_str());
        assert!(!told.lines().any(is_file_itself), "{file} has no test:\n{said}");
    }
    assert!(count("pass").is_some_and(|passed| passed > 0), "no test ran:\n{said}");
}
