//! Where a Czech line must not end: after a preposition or conjunction of one letter, after a number before what it counts,
//! before a time, and within a date (ČSN 01 6910).

const NO_BREAK: char = '\u{a0}';

/// The same text, with spaces that do not break where no line may end.
pub(super) fn typeset(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut words = text.split(' ').peekable();
    while let Some(word) = words.next() {
        out.push_str(word);
        if let Some(next) = words.peek() {
            out.push(if holds(word, next) { NO_BREAK } else { ' ' });
        }
    }
    out
}

fn holds(word: &str, next: &str) -> bool {
    let bare = word.trim_start_matches(['(', '„', '[']);
    let is_number = |text: &str| {
        text.chars().all(|c| c.is_ascii_digit() || c == ',') && text.ends_with(|c: char| c.is_ascii_digit())
    };
    let mut letters = bare.chars();
    match (letters.next(), letters.next()) {
        _ if matches!(bare, "od" | "Od" | "do" | "Do") => next.starts_with(|c: char| c.is_ascii_digit()),
        (Some(only), None) if only.is_alphabetic() => "kvsouaiz".contains(only.to_ascii_lowercase()),
        _ if is_number(bare) => next.starts_with(char::is_alphabetic),
        _ => bare.strip_suffix('.').is_some_and(is_number) && next.starts_with(|c: char| c.is_ascii_digit()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn czech_lines_end_where_they_may() {
        for (text, wanted) in [
            ("Odešel v 10:03 a už", "Odešel v~10:03 a~už"),
            ("A dalších 7 zpráv", "A~dalších 7~zpráv"),
            ("do 3. 3. 2025 10:03.", "do~3.~3.~2025 10:03."),
            ("Od 10:03 do rána", "Od~10:03 do rána"),
            ("(a zpět) k „u domu“", "(a~zpět) k~„u~domu“"),
            ("1 hodinu 30 minut", "1~hodinu 30~minut"),
            ("byl offline 1,5 s", "byl offline 1,5~s"),
            ("v letech 3, pak", "v~letech 3, pak"),
            ("tarif 2. Potom I on", "tarif 2. Potom I~on"),
            ("  x y ", "  x y "),
            ("", ""),
        ] {
            assert_eq!(typeset(text).replace(NO_BREAK, "~"), wanted);
        }
    }
}
