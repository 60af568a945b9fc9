//! The repository's files as these tests read them.

use std::fs;
use std::path::{Path, PathBuf};

/// A text file of the repository.
pub(crate) struct File {
    /// Its path from the repository's root, with `/` between.
    pub(crate) path: String,
    /// All of it.
    pub(crate) text: String,
}

/// Every text file of the repository but what is made (`target`) or fetched.
pub(crate) fn repository() -> Vec<File> {
    let mut files = Vec::new();
    walk(&root(), &mut files);
    files.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(files.len() > 20, "the repository was not found");
    files
}

/// The Rust files under `src`.
pub(crate) fn sources() -> Vec<File> {
    repository().into_iter().filter(|f| f.path.starts_with("src/") && f.has_extension("rs")).collect()
}

pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn walk(folder: &Path, files: &mut Vec<File>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if matches!(name.as_str(), "target" | ".git" | "node_modules") {
            continue;
        }
        if path.is_dir() {
            walk(&path, files);
        } else if let Ok(text) = fs::read_to_string(&path) {
            let path = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
            files.push(File { path, text });
        }
    }
}

impl File {
    pub(crate) fn has_extension(&self, extension: &str) -> bool {
        Path::new(&self.path).extension().is_some_and(|e| e == extension)
    }

    /// The room: the first name under `src`.
    pub(crate) fn room(&self) -> &str {
        let inner = self.path.strip_prefix("src/").unwrap_or(&self.path);
        inner.split('/').next().unwrap().trim_end_matches(".rs")
    }

    /// The code that runs outside tests: comments, literals and test modules are blank, lines keep their numbers.
    pub(crate) fn code(&self) -> String {
        let is_test_file = self.path.ends_with("/tests.rs") || self.path.contains("/tests/");
        if is_test_file { String::new() } else { without_tests(&without_comments_and_literals(&self.text)) }
    }

    /// A line of the text, numbered from 1.
    pub(crate) fn line(&self, number: usize) -> &str {
        self.text.lines().nth(number - 1).unwrap_or_default()
    }

    /// The lines of the code, numbered from 1, that hold the pattern.
    pub(crate) fn code_lines_with(&self, pattern: &str) -> Vec<usize> {
        let code = self.code();
        code.lines().enumerate().filter(|(_, line)| line.contains(pattern)).map(|(index, _)| index + 1).collect()
    }
}

/// Blanks comments, strings and characters, so that what is left can be searched and its braces counted.
fn without_comments_and_literals(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let blank_len = comment_len(rest).or_else(|| literal_len(rest, code.chars().next_back()));
        let len = blank_len.unwrap_or(first.len_utf8());
        let (piece, after) = rest.split_at(len);
        if blank_len.is_some() {
            code.extend(piece.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        } else {
            code.push_str(piece);
        }
        rest = after;
    }
    code
}

/// The length in bytes of the comment that the text starts with.
fn comment_len(text: &str) -> Option<usize> {
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    if !text.starts_with("/*") {
        return None;
    }
    let (mut depth, mut at) = (0, 0);
    loop {
        let rest = &text[at..];
        let step = match rest {
            _ if rest.starts_with("/*") => {
                depth += 1;
                2
            }
            _ if rest.starts_with("*/") => {
                depth -= 1;
                2
            }
            _ => rest.chars().next().map_or(0, char::len_utf8),
        };
        at += step;
        if depth == 0 || step == 0 {
            return Some(at);
        }
    }
}

/// The length in bytes of the string or character that the text starts with; `before` tells a raw string's `r` from a name's.
fn literal_len(text: &str, before: Option<char>) -> Option<usize> {
    let follows_name = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
    if text.starts_with('"') {
        return Some(quoted_len(text, '"'));
    }
    if let Some(after) = text.strip_prefix('r').filter(|_| !follows_name || before == Some('b')) {
        let hashes = after.len() - after.trim_start_matches('#').len();
        if after[hashes..].starts_with('"') {
            let end = format!("\"{}", "#".repeat(hashes));
            let body = 1 + hashes + 1;
            return Some(text[body..].find(&end).map_or(text.len(), |at| body + at + end.len()));
        }
    }
    // A lifetime has no second quote behind its first letter.
    let mut chars = text.strip_prefix('\'')?.chars();
    let (first, second) = (chars.next()?, chars.next()?);
    (first == '\\' || second == '\'').then(|| quoted_len(text, '\''))
}

fn quoted_len(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Blanks every item under `#[cfg(test)]`: up to its `;`, or to the end of its braces.
fn without_tests(code: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut left = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(start) = rest.find(MARK) {
        let (before, item) = rest.split_at(start);
        left.push_str(before);
        let (item, after) = item.split_at(item_len(item));
        left.extend(item.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        rest = after;
    }
    left.push_str(rest);
    left
}

fn item_len(item: &str) -> usize {
    let mut depth = 0;
    for (at, c) in item.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => return at + 1,
            '}' => depth -= 1,
            ';' if depth == 0 => return at + 1,
            _ => {}
        }
    }
    item.len()
}

#[test]
fn the_reader_sees_code_only() {
    let text = r##"
let a = "crate::x"; // crate::y
/* crate::z /* nested */ */ let b = r#"say "crate::w" "#;
let c = '"'; let d: &'static str = b"\"crate::v";
#[cfg(test)]
use crate::u;
#[cfg(test)]
mod tests { fn f() { "}".unwrap(); } }
crate::kept();
"##;
    let code = without_tests(&without_comments_and_literals(text));
    assert_eq!(code.matches("crate::").count(), 1, "{code}");
    assert!(code.contains("crate::kept()") && code.contains("&'static str") && !code.contains("unwrap"), "{code}");
    assert_eq!(code.lines().count(), text.lines().count());
}
