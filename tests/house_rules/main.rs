//! The repository tests itself: what `src/lib.rs` promises of its rooms, and a few habits, read from the source as text.

#![expect(clippy::unwrap_used, reason = "a test that cannot read the repository has failed")]

mod source;

use std::collections::BTreeSet;

use doorbell::domain::notice::reason::Code;

use self::source::{File, repository, root, sources};

/// Which rooms each room may know, itself aside. `app` is the composition root and knows all.
const ARROWS: [(&str, &[&str]); 12] = [
    ("domain", &[]),
    ("ports", &["domain"]),
    ("wire", &["domain"]),
    ("locale", &["domain"]),
    ("settings", &["edge", "mail", "domain"]),
    ("office", &["ports", "domain"]),
    ("actors", &["ports", "domain"]),
    ("store", &["ports", "domain"]),
    ("mail", &["ports", "locale", "domain"]),
    ("edge", &["office", "wire", "actors", "ports", "locale", "domain"]),
    // The two that start the house ask the composition root for it, configured. A command opens the store beside a server,
    // makes the key that letters are signed with, sends a test letter, or looks over what the sender's domain publishes.
    ("cli", &["app", "demo", "settings", "store", "mail", "office", "wire", "actors", "ports", "locale", "domain"]),
    // Its mailbox stands in for the postman.
    ("demo", &["settings", "mail", "office", "wire", "actors", "ports", "locale", "domain"]),
];

/// Who may look at a clock or start something that runs by itself, and why.
///
/// What an actor starts in its own context ends with it and needs no row.
const CLOCKS_AND_TASKS: [(&str, &str, &str); 25] = [
    ("src/store/clock.rs", "Instant::now(", "the store's clock: running time is monotonic (rule N11)"),
    ("src/store/clock.rs", "SystemTime::now(", "the store's clock: the wall clock, read once at the start"),
    ("src/store/sqlite/mod.rs", "spawn(", "the threads that own the database's connections"),
    ("src/store/redis/clock.rs", "Instant::now(", "Redis' clock is followed on the node's monotonic one (rule N11)"),
    ("src/store/redis/line.rs", "Instant::now(", "deadlines of questions, and how long a connection is away"),
    ("src/store/redis/writer.rs", "Instant::now(", "deadlines of commits"),
    ("src/store/redis/bus.rs", "Instant::now(", "how long a node has not heard itself"),
    ("src/store/redis/mod.rs", "Instant::now(", "deadlines of the canary"),
    ("src/store/redis/mod.rs", "spawn(", "the thread that owns the connections, and its tasks, which end with it"),
    ("src/store/redis/writer.rs", "spawn(", "a group of commits that is under way; it ends when it is answered"),
    ("src/store/metered.rs", "Instant::now(", "how long the store takes; nothing is decided by it"),
    ("src/edge/http/watch.rs", "Instant::now(", "how long a request takes; nothing is decided by it"),
    ("src/app.rs", "spawn(", "the server itself, and the upkeep of its figures, for as long as the process lives"),
    (
        "src/edge/http/password.rs",
        "spawn(",
        "the search for who forgot, after the answer, whose time tells nothing; so many",
    ),
    (
        "src/edge/http/patience.rs",
        "spawn(",
        "a change that takes longer than its caller waits: it ends when it is done",
    ),
    ("src/mail/smtp/shelf.rs", "Instant::now(", "how long a connection to the relay lies idle"),
    ("src/mail/smtp/shelf.rs", "spawn(", "one at most: ends idle connections, and itself when none is left"),
    ("src/actors/account/conversations.rs", "spawn(", "a letter's news for its conversation; it ends with the commit"),
    ("src/actors/account/visitors.rs", "spawn(", "the end of a visitor who was refused; it ends when that is written"),
    ("src/actors/lookup.rs", "spawn(", "one question for all who asked in a breath; it ends with its answer"),
    ("src/edge/ws/door.rs", "spawn(", "a task for each socket; it ends with the socket"),
    ("src/edge/ws/door.rs", "Instant::now(", "when a connection's turn is: finer than the store's clock"),
    (
        "src/edge/ws/visitor.rs",
        "spawn(",
        "a task for each visitor, and what they asked for, in its order; both end with the slot",
    ),
    ("src/edge/ws/lobby.rs", "spawn(", "news for a whole lobby, in slices that yield"),
    ("src/edge/ws/operator.rs", "spawn(", "the farewell of a socket whose actor has ended"),
];

/// What makes a file need a row of [`CLOCKS_AND_TASKS`].
const WATCHED: [&str; 6] =
    ["Instant::now(", "SystemTime::now(", "Utc::now(", "Timestamp::now(", "Zoned::now(", "spawn("];

/// Longer than this, a file has more than one thing to do.
const FILE_LINES_MAX: usize = 500;

fn assert_none(what: &str, found: &[String]) {
    assert!(found.is_empty(), "{what}:\n{}", found.join("\n"));
}

#[test]
fn arrows_between_rooms_point_one_way() {
    let mut wrong = Vec::new();
    for file in sources() {
        let Some((_, may)) = ARROWS.iter().find(|(room, _)| *room == file.room()) else { continue };
        for (index, line) in file.code().lines().enumerate() {
            for target in line.split("crate::").skip(1) {
                let room: String = target.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                if room != file.room() && !may.contains(&room.as_str()) {
                    wrong.push(format!("{}:{}: {} may not know `crate::{room}`", file.path, index + 1, file.room()));
                }
            }
        }
    }
    assert_none("forbidden arrows", &wrong);
}

#[test]
fn every_room_is_on_the_plan() {
    let rooms: BTreeSet<String> = sources().iter().map(|file| file.room().to_owned()).collect();
    let planned = ARROWS.iter().map(|(room, _)| *room).chain(["app", "lib", "main"]);
    let planned: BTreeSet<String> = planned.map(str::to_owned).collect();
    assert_none("rooms without arrows", &rooms.difference(&planned).cloned().collect::<Vec<_>>());
}

#[test]
fn clocks_and_tasks_are_where_they_are_listed() {
    let mut wrong = Vec::new();
    for file in sources() {
        for pattern in WATCHED {
            let lines = file.code_lines_with(pattern);
            let lines: Vec<usize> = lines.into_iter().filter(|line| !file.line(*line).contains("ctx.spawn(")).collect();
            let listed = CLOCKS_AND_TASKS.iter().any(|(path, what, _)| *path == file.path && *what == pattern);
            match (lines.first(), listed) {
                (Some(line), false) => wrong.push(format!(
                    "{}:{line}: `{pattern}` needs a row (\"{}\", \"{pattern}\", why)",
                    file.path, file.path
                )),
                (None, true) => wrong.push(format!("{}: its row for `{pattern}` has no use any more", file.path)),
                _ => {}
            }
        }
    }
    assert_none("clocks and tasks", &wrong);
}

/// A key or channel of Redis bears a hash tag: a brace, `all` or a letter and a number, a brace.
#[test]
fn redis_keys_are_spelled_in_one_file() {
    let mut wrong = Vec::new();
    for file in
        repository().iter().filter(|file| file.path.starts_with("src/") && file.path != "src/store/redis/keys.rs")
    {
        for (index, line) in file.text.lines().enumerate() {
            if line.contains("{all}:") || line.contains("{{all}}:") || line.contains("{d{") || line.contains("{{d{") {
                wrong.push(format!("{}:{}: belongs into src/store/redis/keys.rs", file.path, index + 1));
            }
        }
    }
    assert_none("keys of Redis", &wrong);
}

/// Each script is called, and begins with what it guarantees.
#[test]
fn every_redis_script_says_what_it_guarantees() {
    let callers = std::fs::read_to_string(root().join("src/store/redis/scripts.rs")).unwrap();
    let mut wrong = Vec::new();
    for file in repository().iter().filter(|file| file.has_extension("lua")) {
        let name = file.path.rsplit('/').next().unwrap_or_default();
        let head: String = file.text.lines().take(4).collect();
        if !head.starts_with("#!lua") || !head.contains("It guarantees: ") {
            wrong.push(format!("{}: the first lines do not say \"It guarantees: …\"", file.path));
        }
        if !callers.contains(&format!("include_str!(\"{name}\")")) {
            wrong.push(format!("{}: nobody calls it", file.path));
        }
    }
    assert_none("scripts", &wrong);
}

#[test]
fn nothing_is_unwrapped_outside_tests() {
    let found = |file: &File| -> Vec<String> {
        file.code_lines_with(".unwrap()").iter().map(|line| format!("{}:{line}", file.path)).collect()
    };
    assert_none("unwrap() outside tests", &sources().iter().flat_map(found).collect::<Vec<_>>());
}

#[test]
fn every_code_has_its_name_and_its_rule() {
    let names: BTreeSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(names.len(), Code::ALL.len(), "two codes share a name");
    assert!(Code::ALL.is_sorted(), "the order of ALL is that of rule W2");
    let rules = std::fs::read_to_string(root().join("docs/rules.md")).ok();
    for code in Code::ALL {
        assert_eq!(serde_json::to_value(code).unwrap(), code.as_str(), "stored under another name than it is told");
        let rule = code.rule();
        let (letter, number) = rule.split_at(1);
        assert!("PANDEW".contains(letter) && number.parse::<u8>().is_ok(), "{code:?}: {rule} is no rule");
        if let Some(rules) = &rules {
            assert!(rules.contains(&format!("**{rule}")), "{code:?}: docs/rules.md has no rule {rule}");
            assert!(rules.contains(&format!("`{}`", code.as_str())), "{code:?} is not in docs/rules.md");
        }
    }
}

#[test]
fn every_code_has_a_sentence_in_both_languages() {
    let mut wrong = Vec::new();
    for file in sources().iter().filter(|file| matches!(file.path.as_str(), "src/locale/cs.rs" | "src/locale/en.rs")) {
        let code_text = file.code();
        let names: BTreeSet<&str> = (code_text.split("Code::").skip(1))
            .map(|after| after.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default())
            .collect();
        for code in Code::ALL {
            if !names.contains(format!("{code:?}").as_str()) {
                wrong.push(format!("{}: no sentence for Code::{code:?}", file.path));
            }
        }
    }
    assert_none("codes without a sentence", &wrong);
}

#[test]
fn no_file_is_too_long() {
    let is_code = |file: &File| ["rs", "js", "css", "html"].iter().any(|extension| file.has_extension(extension));
    let too_long = |file: File| {
        let lines = file.text.lines().count();
        (lines > FILE_LINES_MAX).then(|| format!("{}: {lines} lines, at most {FILE_LINES_MAX}", file.path))
    };
    assert_none("long files", &repository().into_iter().filter(is_code).filter_map(too_long).collect::<Vec<_>>());
}

#[test]
fn no_word_stands_where_it_does_not_belong() {
    // In two halves each, or this file would find itself.
    let words =
        [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];
    let mut wrong = Vec::new();
    for file in repository() {
        for (index, line) in file.text.lines().enumerate() {
            for word in words.iter().filter(|word| line.contains(**word)) {
                wrong.push(format!("{}:{}: {word}", file.path, index + 1));
            }
        }
    }
    assert_none("paths of a machine, unfinished work", &wrong);
}

/// The `"quoted"` texts of a file's code that start with `prefix`.
fn quoted(path: &str, prefix: &str) -> BTreeSet<String> {
    let text = std::fs::read_to_string(root().join(path)).unwrap();
    let quoted = text.split('"').skip(1).step_by(2).filter_map(|quoted| quoted.strip_prefix(prefix));
    quoted.map(str::to_owned).collect()
}

#[test]
fn every_limit_has_its_row_and_is_counted() {
    let rows = std::fs::read_to_string(root().join("docs/limits.md")).unwrap();
    let code: String = sources().iter().filter(|file| file.room() == "edge").map(|file| file.text.as_str()).collect();
    let mut wrong = Vec::new();
    for limit in quoted("src/settings/read.rs", "limits.") {
        if !rows.contains(&format!("| `{limit}` |")) {
            wrong.push(format!("docs/limits.md has no row for `{limit}`"));
        }
        if !code.contains(&format!("\"{limit}\"")) {
            wrong.push(format!("`{limit}` is nowhere counted by figures::limited"));
        }
    }
    assert_none("limits", &wrong);
}

#[test]
fn every_figure_has_its_row() {
    let rows = std::fs::read_to_string(root().join("docs/metrics.md")).unwrap();
    let names = quoted("src/ports/figures.rs", "doorbell_").into_iter();
    let names = names.chain(quoted("src/edge/http/metrics.rs", "doorbell_"));
    let missing: Vec<_> = names.filter(|name| !rows.contains(&format!("| `doorbell_{name}` |"))).collect();
    assert_none("docs/metrics.md has no row for", &missing);
}

#[test]
fn links_in_the_documents_lead_somewhere() {
    let is_document =
        |file: &File| file.path == "README.md" || (file.path.starts_with("docs/") && file.has_extension("md"));
    let mut wrong = Vec::new();
    for file in repository().into_iter().filter(is_document) {
        let folder = root().join(&file.path).parent().unwrap().to_owned();
        for link in file.text.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next()) {
            let path = link.split('#').next().unwrap_or_default();
            let is_relative = !path.is_empty() && !path.contains(':') && !path.starts_with('/');
            if is_relative && !folder.join(path).exists() {
                wrong.push(format!("{}: {link}", file.path));
            }
        }
    }
    assert_none("dead links", &wrong);
}

#[test]
fn pages_obey_their_content_security_policy() {
    let mut wrong = Vec::new();
    for file in repository().iter().filter(|file| file.path.starts_with("static/")) {
        let forbidden: &[&str] = if file.has_extension("html") {
            &["<script>", "<style", " style=", " onclick=", " onload=", " onsubmit=", "javascript:"]
        } else if file.has_extension("js") {
            &["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"]
        } else {
            &[]
        };
        for word in forbidden.iter().filter(|word| file.text.contains(**word)) {
            wrong.push(format!("{}: {word}", file.path));
        }
    }
    assert_none("inline code, or markup out of data", &wrong);
}
