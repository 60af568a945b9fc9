//! A verifier of DKIM signatures that is not ours: dkimpy, in a process of its own.
#![allow(unreachable_pub, reason = "two test binaries include it")]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// Whether it is there. Set up by the first test that needs it.
static READY: LazyLock<bool> = LazyLock::new(|| {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/dkim-verifier");
    Command::new(script).stdin(Stdio::null()).status().is_ok_and(|status| status.success())
});

/// Whether each message bears a good signature, where the DNS holds these records: name and value.
pub fn verified(records: &[(&str, &str)], messages: &[&[u8]]) -> Vec<bool> {
    assert!(
        *READY,
        "signatures are checked by dkimpy: run `scripts/dkim-verifier`, which installs it, and see why it fails"
    );
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new(root.join("target/dkim/bin/python"));
    command.arg(root.join("tests/mail/verify_dkim.py"));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().unwrap();
    let records: serde_json::Map<String, Value> =
        records.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    let messages: Vec<String> = messages.iter().map(|message| STANDARD.encode(message)).collect();
    let question = json!({ "records": records, "messages": messages }).to_string();
    // Dropped at once: its end is what the other side reads up to.
    process.stdin.take().unwrap().write_all(question.as_bytes()).unwrap();
    let output = process.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    // Shown if the test fails.
    println!("{said}");
    assert!(output.status.success(), "tests/mail/verify_dkim.py failed");
    serde_json::from_slice(&output.stdout).unwrap()
}
