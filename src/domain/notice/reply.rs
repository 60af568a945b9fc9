//! What a mail server answered, and to what (rules D5, W3).

/// Up to where a conversation with a server had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Finding and reaching the server, TLS included.
    Connect,
    /// Its greeting.
    Greeting,
    /// EHLO and STARTTLS.
    Hello,
    /// The log-in.
    Auth,
    /// MAIL FROM: the sender.
    Mail,
    /// RCPT TO: the recipient.
    Rcpt,
    /// DATA, before the first byte.
    Data,
    /// From the first byte of the letter to the answer to its final dot.
    Body,
}

/// What was answered, whole; or what went wrong, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The reply code; `None`: there was no answer.
    pub code: Option<u16>,
    /// All lines of the answer as they came, codes included, joined by `\n`; without an answer: what happened instead.
    pub text: String,
    /// The server, by the name under which it greeted; or where the letter was written to.
    pub server: Option<String>,
    /// To what it was the answer.
    pub phase: Phase,
}

impl Reply {
    /// The enhanced status code (RFC 3463), as three numbers. Of several that stand in a row the last one counts: filters put
    /// their own behind that of the server that they run in.
    pub fn enhanced(&self) -> Option<Enhanced> {
        let first = self.text.lines().next().unwrap_or_default();
        let after_code = first.get(..3).filter(|code| code.parse::<u16>().is_ok()).and_then(|_| first.get(4..));
        let words = after_code.unwrap_or(first).split_whitespace();
        words.map_while(|word| Enhanced::read(word.trim_matches(['#', '(', ')', '-', ':', ';']))).last()
    }
}

/// An enhanced status code: class, subject, detail (RFC 3463).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Enhanced(pub u8, pub u16, pub u16);

impl Enhanced {
    /// `5.1.1`; `None` for what is no such code.
    pub fn read(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let mut number = || {
            let digits = parts.next()?;
            (digits.len() <= 3 && digits.bytes().all(|b| b.is_ascii_digit()))
                .then(|| digits.parse::<u16>().ok())
                .flatten()
        };
        let code = Self(u8::try_from(number()?).ok()?, number()?, number()?);
        (matches!(code.0, 2 | 4 | 5) && parts.next().is_none()).then_some(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn enhanced(text: &str) -> Option<Enhanced> {
        Reply { code: Some(550), text: text.to_owned(), server: None, phase: Phase::Rcpt }.enhanced()
    }

    #[test]
    fn the_enhanced_code_stands_behind_the_reply_code() {
        assert_eq!(enhanced("550 5.1.1 no such user"), Some(Enhanced(5, 1, 1)));
        assert_eq!(enhanced("550-5.7.26 first\n550 5.1.1 second"), Some(Enhanced(5, 7, 26)));
        assert_eq!(enhanced("550 #5.1.0 Address rejected."), Some(Enhanced(5, 1, 0)));
        assert_eq!(enhanced("552 5.1.1 5.2.2 sorry, mailbox is full"), Some(Enhanced(5, 2, 2)));
        assert_eq!(enhanced("5.4.4 Host not found"), Some(Enhanced(5, 4, 4)), "as a bounce may have it");
        for none in ["550", "", "550 no 5.1.1", "550 1.2.3.4 is listed", "550 9.1.1 x", "550 5.1 x", "550 5.1.1000 x"] {
            assert_eq!(enhanced(none), None, "{none}");
        }
    }
}
