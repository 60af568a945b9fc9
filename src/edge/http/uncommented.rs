//! Scripts and styles without the comments that have lines to themselves: who reads the source needs them, who loads a page does not,
//! and they are nearly half of what is sent.
//!
//! Lines keep their numbers, so that a browser's messages fit the source. No text of several lines in a script may hold a line that
//! begins like a comment; `tests/web` holds what is sent against the source.

use std::borrow::Cow;

/// What is sent of the file at `path`.
pub(super) fn uncommented<'a>(path: &str, text: &'a str) -> Cow<'a, str> {
    let line_comment = match path.rsplit_once('.') {
        Some((_, "js")) => Some("//"),
        Some((_, "css")) => None,
        _ => return Cow::Borrowed(text),
    };
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let line_len = rest.find('\n').map_or(rest.len(), |end| end + 1);
        let line = rest[..line_len].trim_start();
        let dropped_len = if line_comment.is_some_and(|begin| line.starts_with(begin)) {
            Some(line_len)
        } else if line.starts_with("/*") {
            block_len(rest)
        } else {
            None
        };
        let (taken, after) = rest.split_at(dropped_len.unwrap_or(line_len));
        if dropped_len.is_some() {
            kept.extend(taken.matches('\n'));
        } else {
            kept.push_str(taken);
        }
        rest = after;
    }
    Cow::Owned(kept)
}

/// The length of the lines of the comment that `text` begins with; `None` if something else stands behind it.
fn block_len(text: &str) -> Option<usize> {
    let begin = text.find("/*")? + 2;
    let end = begin + text[begin..].find("*/")? + 2;
    let line_end = text[end..].find('\n').map_or(text.len(), |len| end + len + 1);
    text[end..line_end].trim().is_empty().then_some(line_end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_with_lines_of_their_own_stay_at_home_and_lines_keep_their_numbers() {
        let script = "// Why.\nconst a = 1; // kept\n\n  /**\n   * @type {number}\n   */\n  const b = \"//\"; /* kept */\n/* one */\n/** @type {T} */ (a)();\n";
        let sent = "\nconst a = 1; // kept\n\n\n\n\n  const b = \"//\"; /* kept */\n\n/** @type {T} */ (a)();\n";
        assert_eq!(uncommented("shared/link.js", script), sent);
        assert_eq!(uncommented("a.css", "/* All\n   of it. */\n//x\na { color: red }"), "\n\n//x\na { color: red }");
    }

    #[test]
    fn whatever_else_it_is_it_stays_as_it_is() {
        for (path, text) in [
            ("a.json", "// no script\n"),
            ("a.js", "/* without an end\n"),
            ("a.js", ""),
            ("a", "//\n"),
            ("a.js", "a /*\n*/"),
        ] {
            assert_eq!(uncommented(path, text), text, "{path}");
        }
    }
}
