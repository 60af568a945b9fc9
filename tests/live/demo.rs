//! `doorbell demo`, as somebody tries it who has just built it.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use serde_json::json;

use crate::house::{ended, eventually, terminate};
use crate::http::Api;

/// The demo's process. It is killed when this is dropped.
struct Demo {
    process: Child,
    said: Arc<Mutex<String>>,
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        if std::thread::panicking() {
            println!("the demo said:\n{}", self.said.lock().unwrap());
        }
    }
}

/// The addresses in a text.
fn urls(text: &str) -> BTreeSet<String> {
    let end = |c: char| c.is_whitespace() || "\"'<>()[],".contains(c) || c.is_control();
    text.match_indices("http://").map(|(at, _)| text[at..].split(end).next().unwrap().to_owned()).collect()
}

/// Host, port and path of an address.
fn parts(url: &str) -> (SocketAddr, String) {
    let rest = url.strip_prefix("http://").unwrap();
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let path = path.split('#').next().unwrap();
    (authority.replace("localhost", "127.0.0.1").parse().unwrap(), format!("/{path}"))
}

/// The address and the password that stand on a line, if they do.
fn log_in(line: &str) -> Option<(&str, &str)> {
    let email = line.split_whitespace().find(|word| word.contains('@'))?;
    let password = line.split_once("password ")?.1.split_whitespace().next()?;
    Some((email, password))
}

#[tokio::test]
async fn the_demo_prints_what_works_and_leaves_nothing_behind() {
    let dir = tempfile::TempDir::with_prefix("doorbell-demo-").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_doorbell"));
    command.arg("demo").current_dir(dir.path()).env("TMPDIR", dir.path()).env("HOME", dir.path());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut process = command.spawn().unwrap();
    let lines = BufReader::new(process.stdout.take().unwrap());
    let said = Arc::new(Mutex::new(String::new()));
    let mut demo = Demo { process, said: Arc::clone(&said) };
    std::thread::spawn(move || {
        for line in lines.lines().map_while(Result::ok) {
            said.lock().unwrap().push_str(&(line + "\n"));
        }
    });
    let words = eventually("it says what there is to see", async || {
        let said = demo.said.lock().unwrap().clone();
        (urls(&said).len() >= 5 && said.matches("password ").count() >= 3).then_some(said)
    })
    .await;

    let paths: BTreeSet<String> = urls(&words).iter().map(|url| parts(url).1).collect();
    for page in ["", "/visitor.html", "/desk.html", "/phone.html", "/mailbox.html"] {
        assert!(paths.contains(&format!("/demo{page}")), "where is /demo{page}? {words}");
    }
    for url in urls(&words) {
        let (address, path) = parts(&url);
        let answer = Api::new(address).call("GET", &path, None).await.unwrap();
        assert_eq!(answer.status, 200, "{url}");
    }
    let (address, _) = parts(urls(&words).first().unwrap());
    for (method, path, code) in [
        ("GET", "/demo/mails/none.html", "not_found"),
        ("GET", "/demo/mails/99.html", "not_found"),
        ("POST", "/demo/mails.json", "method_not_allowed"),
    ] {
        let answer = Api::new(address).call(method, path, None).await.unwrap();
        assert_eq!(answer.json()["code"], code, "{method} {path}");
    }
    let log_ins: Vec<_> = words.lines().filter_map(log_in).collect();
    assert_eq!(log_ins.len(), 3, "three operators");
    for (email, password) in log_ins {
        let body = json!({ "email": email, "password": password });
        let answer = Api::new(address).call("POST", "/api/v1/login", Some(body)).await.unwrap();
        assert_eq!(answer.status, 200, "{email}");
    }

    terminate(&demo.process);
    let status = ended(&mut demo.process).await;
    assert_eq!(status.code(), Some(0), "{status}");
    let left: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.is_empty(), "it left {left:?}");
}
