//! Plain text as `format=flowed` (RFC 3676): lines that any program shows well, which those that know the format join again
//! to paragraphs as wide as their window. A line that goes on ends in a space.

/// So wide is a line at the most, the space at its end aside, unless a word is longer.
const WIDTH: usize = 72;
/// What is quoted starts with it. So nothing that a visitor types can pass for a sentence of ours, for the signature, or for
/// our link.
const QUOTE: &str = "> ";

/// A text in the making.
#[derive(Default)]
pub(super) struct Flowed(String);

impl Flowed {
    /// A paragraph of ours: wrapped.
    pub(super) fn paragraph(&mut self, text: &str) -> &mut Self {
        let mut line = String::new();
        for word in without_end(text).split_inclusive(' ') {
            let len = line.chars().count() + without_end(word).chars().count();
            if !line.is_empty() && len > WIDTH {
                self.line(&line);
                line.clear();
            }
            line.push_str(word);
        }
        self.line(&line)
    }

    /// Lines that somebody else typed, quoted. They stay as wide as they are: programs that know flowed text only half put the
    /// marks of a wrapped quotation into its midst.
    pub(super) fn quote<'a>(&mut self, lines: impl IntoIterator<Item = &'a str>) -> &mut Self {
        for line in lines {
            self.0.push_str(without_end(&format!("{QUOTE}{line}")));
            self.0.push('\n');
        }
        self
    }

    /// An empty line.
    pub(super) fn gap(&mut self) -> &mut Self {
        self.0.push('\n');
        self
    }

    /// What a link leads to, and on a line of its own the link.
    pub(super) fn link(&mut self, label: &str, url: &str) -> &mut Self {
        self.gap().paragraph(&format!("{label}:")).paragraph(url)
    }

    /// From here on it is a signature: mail programs grey it, and leave it out of answers.
    pub(super) fn signature(&mut self) -> &mut Self {
        self.0.push_str("\n-- \n");
        self
    }

    /// All of it.
    pub(super) fn finish(&mut self) -> String {
        std::mem::take(&mut self.0)
    }

    fn line(&mut self, line: &str) -> &mut Self {
        // Readers take one space off a line that begins with one; one is put before what would mean something else there.
        if line.starts_with([' ', '>']) || line.starts_with("From ") || line == "-- " {
            self.0.push(' ');
        }
        self.0.push_str(line);
        self.0.push('\n');
        self
    }
}

/// Without spaces at its end: one there would join the next line to this one.
fn without_end(line: &str) -> &str {
    line.trim_end_matches(' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paragraph(text: &str) -> String {
        Flowed::default().paragraph(text).finish()
    }

    fn quote(text: &str) -> String {
        Flowed::default().quote(text.split('\n')).finish()
    }

    #[test]
    fn a_line_that_goes_on_ends_in_a_space() {
        let text = "seven ".repeat(14);
        assert_eq!(paragraph(&text), format!("{}\n{}\n", "seven ".repeat(12), "seven seven"));
    }

    #[test]
    fn a_quoted_line_stays_as_wide_as_it_is() {
        let text = "seven ".repeat(14);
        assert_eq!(quote(&text), format!("> {}\n", text.trim_end()));
    }

    #[test]
    fn a_long_word_stays_whole() {
        let url = format!("https://chat.test/{}", "x".repeat(200));
        assert_eq!(paragraph(&format!("see {url} there")), format!("see \n{url} \nthere\n"));
        assert_eq!(Flowed::default().link("Open", &url).finish(), format!("\nOpen:\n{url}\n"));
    }

    #[test]
    fn spaces_that_do_not_break_hold_words_together() {
        let text = format!("{} v\u{a0}Praze", "x".repeat(65));
        assert_eq!(paragraph(&text), format!("{} \nv\u{a0}Praze\n", "x".repeat(65)));
    }

    #[test]
    fn e5_what_is_quoted_cannot_end_the_quotation() {
        assert_eq!(quote("a\n\n-- \n> b \nFrom c"), "> a\n>\n> --\n> > b\n> From c\n");
    }

    #[test]
    fn e5_a_name_at_the_beginning_of_a_line_is_no_mark() {
        assert_eq!(paragraph("> Eve wrote"), " > Eve wrote\n");
        assert_eq!(paragraph("From Eve"), " From Eve\n");
        assert_eq!(paragraph(&format!("-- {}", "x".repeat(80))), format!(" -- \n{}\n", "x".repeat(80)));
    }
}
