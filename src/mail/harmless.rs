//! What strangers typed, made fit to stand in a letter (rule E5).

use lettre::Address;

/// The longest name or title that is shown, in Unicode scalar values.
pub const SHOWN_LEN_MAX: usize = 120;
/// The longest address that is taken for one, in bytes (RFC 5321, 4.5.3.1.3).
pub const ADDRESS_LEN_MAX: usize = 254;

/// A name, a title or an address as one line without anything invisible that could act: control characters, line and
/// paragraph separators and bidirectional controls become spaces, runs of spaces one, and what is too long is cut.
pub fn harmless(text: &str) -> String {
    let visible = text.replace(|c| is_control(c) || c.is_whitespace(), " ");
    let line = visible.split_whitespace().collect::<Vec<_>>().join(" ");
    cut(&line, SHOWN_LEN_MAX).map_or(line.clone(), |start| format!("{}…", start.trim_end()))
}

/// The same for a header: an encoded word that was typed is none any more.
pub fn harmless_in_header(text: &str) -> String {
    harmless(text).replace("=?", "= ?")
}

/// A message's text, as it was typed but for control characters, which are not text; its lines end with `\n`.
pub fn text_of_message(text: &str) -> String {
    let lines = text.replace("\r\n", "\n").replace(['\r', '\u{2028}', '\u{2029}'], "\n");
    lines.replace(|c: char| c.is_control() && c != '\n' && c != '\t', "")
}

/// The beginning of a text that is longer than `len_max` scalar values; `None`: it is not.
pub fn cut(text: &str, len_max: usize) -> Option<&str> {
    text.char_indices().nth(len_max).map(|(end, _)| &text[..end])
}

/// An address if the text is exactly one plain one: no name, no list, no quotes, no comment, ASCII only.
pub fn plain_address(text: &str) -> Option<Address> {
    let plain = |c: char| c.is_ascii_graphic() && !"\"'`,;:<>()[]\\".contains(c);
    if text.len() > ADDRESS_LEN_MAX || !text.chars().all(plain) {
        return None;
    }
    text.parse().ok()
}

/// Characters that are not seen but change what is seen, or where a line or a header ends.
fn is_control(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{061C}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e5_a_name_is_one_harmless_line() {
        assert_eq!(harmless("Eve\r\nBcc: victim@evil.test"), "Eve Bcc: victim@evil.test");
        assert_eq!(harmless("Eve\u{2028}Bcc\u{202e} gnp.exe\0\u{7}\u{1b}[31m"), "Eve Bcc gnp.exe [31m");
        assert_eq!(harmless(" Žofie  Řeháčková "), "Žofie Řeháčková");
        assert_eq!(harmless("\u{202e}\n"), "");
        assert_eq!(harmless(&"x".repeat(500)).chars().count(), SHOWN_LEN_MAX + 1);
        assert_eq!(harmless_in_header("=?utf-8?q?Eve=0D=0A?="), "= ?utf-8?q?Eve=0D=0A?=");
    }

    #[test]
    fn a_message_stays_as_it_was_typed() {
        assert_eq!(text_of_message("a\r\n.\r\n\tb\0 \u{202e}"), "a\n.\n\tb \u{202e}");
    }

    #[test]
    fn e5_only_a_plain_address_is_one() {
        assert!(plain_address("vis.it+or@visitor.test").is_some());
        let long = format!("{}@b.test", "x".repeat(400));
        for bad in [
            "vis@visitor.test\r\nBcc: victim@evil.test",
            "a@b.test, victim@evil.test",
            "Eve <a@b.test>",
            "<script>@x.test",
            "not an address",
            "a@b.test ",
            "ž@b.test",
            "",
            &long,
        ] {
            assert!(plain_address(bad).is_none(), "{bad}");
        }
    }
}
