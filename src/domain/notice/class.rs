//! What a server's refusal means (rule D5): by its enhanced code, then its reply code, then its text.

use serde::{Deserialize, Serialize};

use super::reply::{Enhanced, Phase, Reply};

/// What a refusal means: whose matter it is, and whether waiting helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// There is no such address. The only one that suppresses it.
    WrongAddress,
    /// The address is good, and takes nothing now: tried again for a day.
    MailboxFull,
    /// The receiving server does not let us in: for its owner to allow.
    DomainBlocked,
    /// The letter was taken for spam.
    SpamRejected,
    /// Too much, too fast, or from somebody who is not known yet: waiting helps.
    RateLimited,
    /// Our own relay does not let us send: no recipient's fault.
    RelayAuth,
    /// Something else, or nothing that can be told apart.
    Other,
}

impl Class {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::WrongAddress,
        Self::MailboxFull,
        Self::DomainBlocked,
        Self::SpamRejected,
        Self::RateLimited,
        Self::RelayAuth,
        Self::Other,
    ];

    /// Its stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WrongAddress => "wrong_address",
            Self::MailboxFull => "mailbox_full",
            Self::DomainBlocked => "domain_blocked",
            Self::SpamRejected => "spam_rejected",
            Self::RateLimited => "rate_limited",
            Self::RelayAuth => "relay_auth",
            Self::Other => "other",
        }
    }

    /// Whether waiting helps, even where the server said "never": a mailbox is emptied, a limit passes, a relay is set right.
    pub fn passes(self) -> bool {
        matches!(self, Self::MailboxFull | Self::RateLimited | Self::RelayAuth)
    }
}

/// What an answer means; `None` where it refuses nothing, or where there was none.
pub fn classify(reply: &Reply) -> Option<Class> {
    let code = reply.code?;
    if !(400..600).contains(&code) {
        return None;
    }
    let text = Text::of(&reply.text);
    if is_about_us(reply, code, &text) {
        return Some(Class::RelayAuth);
    }
    let class = reply
        .enhanced()
        .map_or_else(|| by_reply_code(code, &text), |enhanced| by_enhanced_code(enhanced, &text))
        .or_else(|| text.class())
        .unwrap_or(Class::Other);
    // Who the sender is was asked before any recipient was named, and some servers say 5.1.1 of a sender, too.
    let is_about_the_sender = reply.phase < Phase::Rcpt || text.names_the_sender();
    Some(match class {
        Class::WrongAddress if is_about_the_sender && text.is_of_a_list() => Class::DomainBlocked,
        Class::WrongAddress if is_about_the_sender => Class::Other,
        // "The PTR record does not exist", "HELO: host not found": what there is not is ours.
        Class::WrongAddress if reply.enhanced().is_none() && text.is_of_our_server() => Class::DomainBlocked,
        class => class,
    })
    .map(|class| match class {
        // No recipient was named yet, so none of their servers can have said it.
        Class::DomainBlocked if reply.phase == Phase::Mail => Class::RelayAuth,
        class => class,
    })
}

/// The log-in failed, or was left out: whatever it is called, it is between the relay and us.
fn is_about_us(reply: &Reply, code: u16, text: &Text) -> bool {
    let by_code = matches!(code, 530 | 534 | 535 | 538) || (reply.phase == Phase::Auth && code != 421);
    let by_enhanced = matches!(reply.enhanced(), Some(Enhanced(_, 7, 8 | 57)));
    by_code
        || by_enhanced
        || text.has(&["relay access denied", "relaying denied", "unable to relay", "relay not permitted"])
        // Logged in as somebody who may not send in this name.
        || text.has(&["not owned by user", "send as this sender", "sendasdenied"])
}

/// `None`: the code leaves it to the text.
fn by_enhanced_code(Enhanced(severity, subject, detail): Enhanced, text: &Text) -> Option<Class> {
    match (subject, detail) {
        (1, 1..=4 | 6 | 10) => Some(Class::WrongAddress),
        // 5.1.7 to 5.1.9: the sender's address.
        (1, 7..=9) => Some(Class::Other),
        (1, 0) => text.class().or_else(|| text.has(&["address rejected"]).then_some(Class::WrongAddress)),
        (2, 2) => Some(Class::MailboxFull),
        // A disabled mailbox, one of today, or one of a user who gets too much: servers do not agree.
        (2, 1) => text.class().or_else(|| text.has(&["disabled", "not active"]).then_some(Class::WrongAddress)),
        // Exchange Online says "5.4.1 Recipient address rejected: Access denied" of addresses that its directory does not hold.
        (4, 1) if text.has(&["recipient address rejected"]) => Some(Class::WrongAddress),
        // No route, since the recipient's domain is none.
        (4, 4 | 310) if severity == 5 => Some(Class::WrongAddress),
        (5, 0) => text.class().or_else(|| text.has(&["mailbox unavailable"]).then_some(Class::WrongAddress)),
        // One family: the text tells spam from a block, and it never is the address (D5).
        (7, _) => Some(match () {
            () if text.is_of_rate() => Class::RateLimited,
            () if text.is_of_a_list() => Class::DomainBlocked,
            () if text.is_of_spam() => Class::SpamRejected,
            () => Class::DomainBlocked,
        }),
        _ => None,
    }
}

/// `None`: the code leaves it to the text.
fn by_reply_code(code: u16, text: &Text) -> Option<Class> {
    match code {
        551 => Some(Class::WrongAddress),
        // "Exceeded storage allocation": a mailbox's, unless the letter itself is too big, or a filter borrows the number.
        552 => text.class().or_else(|| (!text.has(&["size", "too large", "too big"])).then_some(Class::MailboxFull)),
        _ => None,
    }
}

/// The text of an answer, in small letters and one line.
struct Text(String);

impl Text {
    fn of(text: &str) -> Self {
        // "550-5.7.1" at the beginning of each line is no part of a sentence.
        let is_code = |word: &&str| {
            word.starts_with(|c: char| c.is_ascii_digit()) && word[1..].starts_with(|c: char| c.is_ascii_digit())
        };
        let line = |line: &str| {
            let mut words: Vec<&str> = line.split_whitespace().collect();
            if words.first().is_some_and(is_code) {
                words.remove(0);
            }
            words.join(" ")
        };
        Self(text.lines().map(line).collect::<Vec<_>>().join(" ").to_lowercase())
    }

    fn has(&self, any_of: &[&str]) -> bool {
        any_of.iter().any(|words| self.0.contains(words))
    }

    /// What the text alone says.
    fn class(&self) -> Option<Class> {
        match () {
            () if self.is_of_rate() => Some(Class::RateLimited),
            () if self.is_of_a_full_mailbox() => Some(Class::MailboxFull),
            () if self.is_of_a_wrong_address() => Some(Class::WrongAddress),
            () if self.is_of_a_list() => Some(Class::DomainBlocked),
            () if self.is_of_spam() => Some(Class::SpamRejected),
            () if self.is_of_a_block() => Some(Class::DomainBlocked),
            () => None,
        }
    }

    fn is_of_rate(&self) -> bool {
        self.has(&[
            "rate limit",
            "ratelimit",
            "rate-limit",
            "unusual rate",
            "at a rate",
            "exceeded the rate",
            "exceeded its rate",
            "too many",
            "too much mail",
            "too quickly",
            "too fast",
            "throttl",
            "unexpected volume",
            "sending limit",
            "sending quota",
            "relay quota",
            "relay limit",
            "thread limit",
            "greylist",
            "graylist",
            "grey-list",
            "gray-list",
            "temporarily deferred",
        ])
    }

    fn is_of_a_full_mailbox(&self) -> bool {
        self.has(&["quota", "out of storage", "exceeded storage", "storage allocation", "mailbox size limit"])
            || (self.has(&["full"]) && self.has(&["mailbox", "inbox", "maildir", "account", "schránka"]))
    }

    fn is_of_a_wrong_address(&self) -> bool {
        self.has(&[
            "user unknown",
            "unknown user",
            "no such user",
            "no such recipient",
            "no such mailbox",
            "no such person",
            "no mailbox here",
            "does not exist",
            "doesn't exist",
            "not exist",
            "unknown recipient",
            "recipient unknown",
            "unknown address",
            "address unknown",
            "unknown mailbox",
            "recipient not found",
            "recipientnotfound",
            "user not found",
            "account not found",
            "mailbox not found",
            "invalid recipient",
            "invalid mailbox",
            "unrouteable address",
            "unroutable address",
            "not a valid mailbox",
            "user doesn't have a",
            "hasn't got the service",
            "account is disabled",
            "account disabled",
            "is inactive",
            "unknown or illegal",
            "host not found",
            "domain not found",
            "null mx",
        ])
    }

    /// On a list of senders that are not wanted. Such lists have "spam" in their names; that says nothing of the letter.
    fn is_of_a_list(&self) -> bool {
        self.has(&[
            "blocked using",
            "block list",
            "blocklist",
            "blacklist",
            "black list",
            "dnsbl",
            "spamhaus",
            "spamcop",
            "barracuda",
            "banned",
            "is listed",
            "listed in",
            "listed by",
            "listed at",
        ])
    }

    fn is_of_spam(&self) -> bool {
        self.has(&["unsolicited", "junk", "virus", "malware", "phish", "message content", "content rejected"])
            || self
                .0
                .split(|c: char| !c.is_alphanumeric())
                .any(|word| matches!(word, "spam" | "spamassassin" | "rspamd" | "spammy"))
    }

    fn is_of_a_block(&self) -> bool {
        self.has(&[
            "policy",
            "blocked",
            "denied",
            "prohibited",
            "not authorized",
            "not permitted",
            "not allowed",
            "dmarc",
            "spf",
            "dkim",
            "reverse dns",
            "ptr record",
            "reputation",
        ])
    }

    fn is_of_our_server(&self) -> bool {
        self.has(&["reverse dns", "rdns", "ptr record", "helo", "ehlo", "client host", "spf record", "dkim", "dmarc"])
    }

    fn names_the_sender(&self) -> bool {
        self.has(&["sender"])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(phase: Phase, text: &str) -> Option<Class> {
        let code = text.get(..3).and_then(|code| code.parse().ok());
        classify(&Reply { code, text: text.to_owned(), server: None, phase })
    }

    #[test]
    fn d5_what_refuses_nothing_has_no_class() {
        assert_eq!(class(Phase::Body, "250 2.0.0 Ok: queued as 4F2"), None);
        assert_eq!(class(Phase::Connect, "the relay cannot be reached"), None);
        assert_eq!(class(Phase::Body, "354 go on"), None);
    }

    #[test]
    fn d5_the_enhanced_code_is_believed_before_the_reply_code_and_the_text() {
        assert_eq!(class(Phase::Rcpt, "550 5.1.1 mailbox is full"), Some(Class::WrongAddress));
        assert_eq!(class(Phase::Rcpt, "550 5.2.2 no such user"), Some(Class::MailboxFull));
        assert_eq!(
            class(Phase::Rcpt, "552 5.7.1 user unknown"),
            Some(Class::DomainBlocked),
            "5.7.x is never the address"
        );
        assert_eq!(class(Phase::Rcpt, "552 no such user"), Some(Class::WrongAddress));
        assert_eq!(class(Phase::Rcpt, "552 requested action aborted"), Some(Class::MailboxFull));
        assert_eq!(class(Phase::Rcpt, "550 requested action not taken"), Some(Class::Other));
    }

    #[test]
    fn d5_in_5_7_the_text_tells_spam_from_a_block() {
        assert_eq!(class(Phase::Body, "550 5.7.1 this looks like spam"), Some(Class::SpamRejected));
        assert_eq!(class(Phase::Body, "550 5.7.1 rejected by policy"), Some(Class::DomainBlocked));
        assert_eq!(class(Phase::Rcpt, "550 5.7.1 blocked using zen.spamhaus.org"), Some(Class::DomainBlocked));
    }

    #[test]
    fn d5_a_refused_sender_is_no_wrong_address() {
        assert_eq!(class(Phase::Mail, "550 5.1.1 unknown"), Some(Class::Other));
        assert_eq!(class(Phase::Rcpt, "550 5.1.8 Sender address rejected: Domain not found"), Some(Class::Other));
        assert_eq!(class(Phase::Rcpt, "550 Sender verify failed: no such user"), Some(Class::Other));
        assert_eq!(class(Phase::Rcpt, "550 5.1.1 <a@b.test> sender is blacklisted"), Some(Class::DomainBlocked));
    }

    #[test]
    fn d5_a_log_in_that_is_refused_blames_no_recipient() {
        for (phase, text) in [
            (Phase::Auth, "535 5.7.8 bad credentials"),
            (Phase::Auth, "454 4.7.0 Temporary authentication failure"),
            (Phase::Mail, "530 5.7.0 Authentication required"),
            (Phase::Rcpt, "554 5.7.1 <a@b.test>: Relay access denied"),
        ] {
            assert_eq!(class(phase, text), Some(Class::RelayAuth), "{text}");
        }
        assert_eq!(class(Phase::Auth, "421 4.3.2 shutting down"), Some(Class::Other));
    }
}
