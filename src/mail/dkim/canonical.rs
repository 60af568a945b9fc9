//! `relaxed` canonicalisation (RFC 6376, section 3.4): what may happen to a message on its way without breaking the signature.

/// A message, taken apart: its header fields with their continuation lines, and its body.
pub(super) struct Parts<'a> {
    /// Each as it stands, without its last CRLF.
    pub(super) fields: Vec<Field<'a>>,
    /// What follows the first empty line.
    pub(super) body: &'a str,
}

/// A header field.
#[derive(Clone, Copy)]
pub(super) struct Field<'a> {
    pub(super) name: &'a str,
    value: &'a str,
}

impl<'a> Parts<'a> {
    /// Takes a message apart whose lines end with CRLF.
    pub(super) fn of(message: &'a str) -> Self {
        let mut fields = Vec::new();
        let mut rest = message;
        while !rest.is_empty() {
            let end = end_of_field(rest);
            let field = &rest[..end];
            rest = rest[end..].strip_prefix("\r\n").unwrap_or_default();
            if field.is_empty() {
                return Self { fields, body: rest };
            }
            // A line without a colon is no field: nothing can name it, so nothing can sign it.
            fields.extend(Field::of(field));
        }
        Self { fields, body: "" }
    }
}

/// Where the field at the start of `text` ends: at the first CRLF that no continuation follows.
fn end_of_field(text: &str) -> usize {
    let mut ends = text.match_indices("\r\n").map(|(at, _)| at);
    ends.find(|end| !text[end + 2..].starts_with([' ', '\t']) || *end == 0).unwrap_or(text.len())
}

impl<'a> Field<'a> {
    /// A field as it stands in a message, without its last CRLF.
    pub(super) fn of(text: &'a str) -> Option<Self> {
        let (name, value) = text.split_once(':')?;
        Some(Self { name: name.trim_end_matches([' ', '\t']), value })
    }

    /// Its `relaxed` form, without a CRLF: the name in lower case, one line, one space for any run of white space.
    pub(super) fn relaxed(self) -> String {
        let value: String = self.value.split("\r\n").collect();
        let mut squeezed = String::with_capacity(value.len());
        squeeze(&mut squeezed, &value);
        format!("{}:{}", self.name.to_ascii_lowercase(), squeezed.trim_matches(' '))
    }
}

/// The `relaxed` form of a body: no white space at the ends of lines, one space for any other run of it, no empty lines at
/// the end. A body without anything else is empty.
pub(super) fn relaxed_body(body: &str) -> String {
    let mut out = String::with_capacity(body.len());
    for line in body.split("\r\n") {
        let start = out.len();
        squeeze(&mut out, line);
        let kept = out[start..].trim_end_matches(' ').len();
        out.truncate(start + kept);
        out.push_str("\r\n");
    }
    let kept = out.trim_end_matches("\r\n").len();
    out.truncate(kept);
    if kept > 0 {
        out.push_str("\r\n");
    }
    out
}

/// Adds a line, with one space for each run of spaces and tabs. Word by word: a letter is long, and nearly all of it is words.
fn squeeze(out: &mut String, line: &str) {
    let start = out.len();
    for (index, word) in line.split([' ', '\t']).enumerate() {
        if index > 0 && !out[start..].ends_with(' ') {
            out.push(' ');
        }
        out.push_str(word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relaxed_fields(message: &str) -> Vec<String> {
        Parts::of(message).fields.into_iter().map(Field::relaxed).collect()
    }

    /// RFC 6376, section 3.4.5, example 1.
    #[test]
    fn the_example_of_the_rfc() {
        let message = "A: X\r\nB : Y\t\r\n\tZ  \r\n\r\n C \r\nD \t E\r\n\r\n\r\n";
        assert_eq!(relaxed_fields(message), ["a:X", "b:Y Z"]);
        assert_eq!(relaxed_body(Parts::of(message).body), " C\r\nD E\r\n");
    }

    #[test]
    fn fields_are_unfolded_and_their_white_space_squeezed() {
        for field in [
            "SUBJect: one two",
            "Subject:one two",
            "Subject \t:  one two  ",
            "Subject: one\r\n two",
            "Subject:\r\n one\t \t two\r\n\t",
        ] {
            assert_eq!(relaxed_fields(&format!("{field}\r\n\r\nbody")), ["subject:one two"], "{field:?}");
        }
        assert_eq!(relaxed_fields("Subject:\r\nTo: a: b\r\n"), ["subject:", "to:a: b"]);
        // Only spaces and tabs are white space here.
        assert_eq!(relaxed_fields("Subject: \u{a0}x\u{b}\r\n"), ["subject:\u{a0}x\u{b}"]);
    }

    #[test]
    fn a_message_ends_where_it_ends() {
        assert_eq!(relaxed_fields("A: 1\r\nB: 2"), ["a:1", "b:2"]);
        for (message, body) in [
            ("A: 1", ""),
            ("A: 1\r\n", ""),
            ("A: 1\r\n\r\n", ""),
            ("A: 1\r\n\r\nx", "x"),
            ("A: 1\r\n\r\n\r\nx", "\r\nx"),
            ("\r\n x", " x"),
            ("", ""),
        ] {
            assert_eq!(Parts::of(message).body, body, "{message:?}");
        }
    }

    #[test]
    fn bodies_lose_what_is_not_seen_at_their_ends() {
        for (body, relaxed) in [
            ("", ""),
            ("\r\n", ""),
            ("\r\n\r\n", ""),
            (" \t\r\n\t\r\n", ""),
            ("x", "x\r\n"),
            ("x\r\n", "x\r\n"),
            ("x \r\n \r\n\r\n", "x\r\n"),
            ("\r\nx\r\n", "\r\nx\r\n"),
            ("  x\t\ty  \r\n\r\nz", " x y\r\n\r\nz\r\n"),
            ("p=C5=99=\r\n \t=20\r\n", "p=C5=99=\r\n =20\r\n"),
            // What is no line end stays.
            ("x\n\r\n", "x\n\r\n"),
        ] {
            assert_eq!(relaxed_body(body), relaxed, "{body:?}");
        }
    }
}
