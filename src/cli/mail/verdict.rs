//! What a conversation with a relay came to, in words: what happened, and what is to be done.

use std::fmt::{self, Display};

use serde::Serialize;

use crate::domain::notice::class::{Class, classify};
use crate::domain::notice::reply::{Phase, Reply};
use crate::locale::queue_id;
use crate::mail::smtp::relay::{Destination, Relay, Security};
use crate::ports::postman::Delivery;

/// A verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Its name, for programs.
    pub code: &'static str,
    /// What happened.
    pub happened: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub todo: Option<String>,
}

impl Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.happened)?;
        self.todo.as_ref().map_or(Ok(()), |todo| write!(f, "\n{todo}"))
    }
}

/// What went wrong, as far as phase, code and text tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The relay's name leads nowhere.
    NoSuchHost,
    /// Nobody answers there.
    NotReached,
    /// TLS does not come about, but not for the certificate.
    NoTls,
    /// The certificate is not one that we trust for this relay.
    Certificate,
    /// It wants TLS, and there was none.
    TlsWanted,
    /// It offers STARTTLS and then will not.
    StartTls,
    /// No password is sent without TLS.
    NoPasswordWithoutTls,
    /// It offers no log-in that we know.
    NoLogIn,
    /// It did not take the log-in.
    LogIn,
    /// It wants a log-in, and none is configured.
    LogInWanted,
    /// It will not talk with us at all.
    Greeting,
    /// It will not have our sender.
    Sender,
    /// It knows of no such recipient.
    WrongAddress,
    /// The recipient's mailbox is full.
    MailboxFull,
    /// It does not forward mail for us.
    NoRelaying,
    /// It takes the letter for spam.
    Spam,
    /// It blocks us.
    Blocked,
    /// Not now.
    Later,
    /// It refuses the letter otherwise.
    Refused,
    /// Silence, or nonsense.
    Silence,
}

/// What became of a letter.
pub fn of_delivery(delivery: &Delivery, destination: &Destination) -> Verdict {
    let reply = delivery.reply();
    let server = reply.server.as_deref().unwrap_or("the server");
    match (delivery, destination) {
        (Delivery::Accepted(_), Destination::Directory(_)) => Verdict {
            code: "written",
            happened: format!("{}.", capital(&reply.text)),
            todo: Some("It reaches nobody: mail.smtp_url names a folder, and no relay.".to_owned()),
        },
        (Delivery::Accepted(_), Destination::Relay(_)) => {
            let name = queue_id(&reply.text).map_or_else(String::new, |id| format!(" as {id}"));
            let rest = "from there on we cannot see it: look in the spam folder";
            Verdict { code: "accepted", happened: format!("Accepted by {server}{name}; {rest}."), todo: None }
        }
        (_, Destination::Directory(path)) => Verdict {
            code: "not_written",
            happened: format!("{}.", capital(&reply.text)),
            todo: Some(format!("Check that {} exists and may be written to by doorbell's user.", path.display())),
        },
        (Delivery::Unknown(_), Destination::Relay(_)) => Verdict {
            code: "unknown",
            happened: format!("The letter was under way when {server} went silent: {}.", reply.text),
            todo: Some("It may have arrived: look into the mailbox before you try again.".to_owned()),
        },
        (_, Destination::Relay(relay)) => of_reply(reply, relay),
    }
}

/// What a refusal of the relay means.
pub fn of_reply(reply: &Reply, relay: &Relay) -> Verdict {
    let server = reply.server.as_deref().unwrap_or("the server");
    let trouble = match trouble(reply) {
        // There was none to refuse.
        Trouble::LogIn if relay.credentials.is_none() => Trouble::LogInWanted,
        trouble => trouble,
    };
    let said = reply.text.replace('\n', " / ");
    let happened = match (trouble, reply.code) {
        // It begins with the name of the relay.
        (_, None) if reply.phase == Phase::Connect => format!("{said}."),
        (_, None) => format!("{server}, {}: {said}.", phase(reply.phase)),
        (Trouble::TlsWanted, Some(_)) => format!("{server} wants TLS: {said}"),
        (Trouble::LogInWanted, Some(_)) => format!("{server} wants a log-in: {said}"),
        (_, Some(_)) => format!("{server} refused, {}: {said}", phase(reply.phase)),
    };
    Verdict { code: code(trouble), happened, todo: Some(todo(trouble, relay)) }
}

/// What went wrong. The one place that reads a refusal.
pub fn trouble(reply: &Reply) -> Trouble {
    let text = reply.text.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    match (reply.phase, reply.code) {
        (Phase::Connect | Phase::Hello, None) if says(&["certificate"]) => Trouble::Certificate,
        (Phase::Connect, None) if says(&["failed to lookup", "name or service", "not known", "nodename"]) => {
            Trouble::NoSuchHost
        }
        (Phase::Connect, None) if says(&["tls failed"]) => Trouble::NoTls,
        (Phase::Connect, _) => Trouble::NotReached,
        (Phase::Hello, None) if says(&["starttls"]) => Trouble::NoTls,
        (Phase::Hello, Some(_)) if says(&["tls"]) => Trouble::StartTls,
        (Phase::Auth, None) if says(&["without it"]) => Trouble::NoPasswordWithoutTls,
        (Phase::Auth, None) if says(&["no log-in"]) => Trouble::NoLogIn,
        // Wherever it is said: the client takes it for a refusal of us, not of the letter.
        (Phase::Auth | Phase::Mail, Some(530)) if says(&["starttls"]) => Trouble::TlsWanted,
        (_, Some(530)) => Trouble::LogInWanted,
        (Phase::Auth, Some(_)) => Trouble::LogIn,
        (_, None) => Trouble::Silence,
        (Phase::Greeting | Phase::Hello, Some(_)) => Trouble::Greeting,
        (_, Some(code)) => of_letter(code, reply),
    }
}

/// What is wrong with sender, recipient or letter: what its class says (rule D5).
fn of_letter(code: u16, reply: &Reply) -> Trouble {
    match classify(reply) {
        // At MAIL FROM the relay speaks of what we may send, whatever it calls that.
        Some(Class::RelayAuth | Class::Other) if reply.phase == Phase::Mail && code >= 500 => Trouble::Sender,
        Some(Class::WrongAddress) => Trouble::WrongAddress,
        Some(Class::MailboxFull) => Trouble::MailboxFull,
        Some(Class::SpamRejected) => Trouble::Spam,
        Some(Class::DomainBlocked) => Trouble::Blocked,
        Some(Class::RelayAuth) => Trouble::NoRelaying,
        Some(Class::RateLimited) => Trouble::Later,
        Some(Class::Other) | None if code < 500 => Trouble::Later,
        Some(Class::Other) | None => Trouble::Refused,
    }
}

fn code(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::NoSuchHost => "no_such_host",
        Trouble::NotReached => "not_reached",
        Trouble::NoTls => "no_tls",
        Trouble::Certificate => "certificate",
        Trouble::TlsWanted => "tls_wanted",
        Trouble::StartTls => "starttls_refused",
        Trouble::NoPasswordWithoutTls => "no_password_without_tls",
        Trouble::NoLogIn => "no_log_in",
        Trouble::LogIn => "log_in_refused",
        Trouble::LogInWanted => "log_in_wanted",
        Trouble::Greeting => "greeting_refused",
        Trouble::Sender => "sender_refused",
        Trouble::WrongAddress => "wrong_address",
        Trouble::MailboxFull => "mailbox_full",
        Trouble::NoRelaying => "no_relaying",
        Trouble::Spam => "spam_rejected",
        Trouble::Blocked => "domain_blocked",
        Trouble::Later => "later",
        Trouble::Refused => "refused",
        Trouble::Silence => "silence",
    }
}

/// What to do.
fn todo(trouble: Trouble, relay: &Relay) -> String {
    let at = format!("mail.smtp_url ({relay})");
    match trouble {
        Trouble::NoSuchHost => format!("Check the name of the host in {at}, and that this machine can look names up."),
        Trouble::NotReached => format!(
            "Check host and port in {at}, that a server listens there, and that no firewall is in between: many \
             providers of servers let port 25 out only on request, 465 and 587 always."
        ),
        Trouble::NoTls if relay.security == Security::Implicit => format!(
            "With smtps:// encryption begins with the first byte, usually at port 465. If {relay} begins in plain text \
             (ports 25 and 587), write smtp:// in mail.smtp_url: it is encrypted by STARTTLS."
        ),
        Trouble::NoTls => "The relay offers TLS that we do not speak: 1.2 and 1.3 are what we do.".to_owned(),
        Trouble::Certificate => format!(
            "Nothing was sent. The relay's certificate must be good for the name {:?} and come from a public authority, or \
             from one in the file of mail.ca_file. Write the name that the certificate holds into mail.smtp_url, or give the \
             authority's certificate (PEM) as mail.ca_file.",
            relay.host
        ),
        Trouble::TlsWanted => {
            "A relay on this machine is spoken to without TLS unless mail.ca_file names the authority of its \
             certificate (PEM): set that, or have letters of this machine taken without TLS there."
                .to_owned()
        }
        Trouble::StartTls => format!(
            "It offers STARTTLS and then refuses it: that is for its administrator to mend. If it also listens at port 465, \
             smtps://{} avoids the question.",
            relay.host
        ),
        Trouble::NoPasswordWithoutTls => format!(
            "The password is not sent in plain text. Write smtps:// in {at} if the relay has a port for TLS (465), or have \
             STARTTLS switched on there."
        ),
        Trouble::NoLogIn => format!(
            "It offers neither PLAIN nor LOGIN, perhaps only to those who come encrypted, at another port or from elsewhere. \
             If it wants no log-in, leave USER:PASSWORD@ out of {at}."
        ),
        Trouble::LogIn => format!(
            "Check USER and PASSWORD in {at}; special characters are written as in any URL (@ is %40). Many providers want a \
             password made for one application and not the one that you log in with."
        ),
        Trouble::LogInWanted if relay.credentials.is_some() => format!(
            "It wants a log-in and did not take the one in {at}: check USER and PASSWORD, and whether it takes them only \
             encrypted or at another port (587, or smtps:// at 465)."
        ),
        Trouble::LogInWanted => format!("It wants a log-in: write USER:PASSWORD@ before the host in {at}."),
        Trouble::Greeting => {
            "It will not talk with this server: ask its administrator whether your address is let in; \
             the name in EHLO is the host of server.public_url."
                .to_owned()
        }
        Trouble::Sender => "It will not have mail.from as a sender: take an address that the relay's account may send \
             from, or have it allowed there."
            .to_owned(),
        Trouble::WrongAddress => "There is no such mailbox, as the server says: check the address.".to_owned(),
        Trouble::MailboxFull => {
            "The mailbox is full: its owner has to make room. doorbell tries such letters for a day.".to_owned()
        }
        Trouble::NoRelaying => format!(
            "The relay forwards nothing for you to others: log in (USER:PASSWORD@ in {at}), or have your address let in there."
        ),
        Trouble::Spam => {
            "It takes the letter for spam: see what `doorbell check` says of SPF, DKIM and DMARC.".to_owned()
        }
        Trouble::Blocked => {
            "It blocks this sender, its domain or the relay's address: see what `doorbell check` says, and \
             ask the recipient's administrator to allow the sender."
                .to_owned()
        }
        Trouble::Later => {
            "Not now, it says; often only for the first letter from an unknown server (greylisting). Try again \
             in some minutes: doorbell itself tries for 24 hours."
                .to_owned()
        }
        Trouble::Refused => "It says why. A letter that is refused so is not tried again.".to_owned(),
        Trouble::Silence => {
            "It accepted the connection and then did not say what SMTP says: check that host and port in \
             mail.smtp_url are those of a mail server, and try again."
                .to_owned()
        }
    }
}

fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Connect => "while connecting",
        Phase::Greeting => "in its greeting",
        Phase::Hello => "at EHLO and STARTTLS",
        Phase::Auth => "at the log-in",
        Phase::Mail => "at the sender (MAIL FROM)",
        Phase::Rcpt => "at the recipient (RCPT TO)",
        Phase::Data => "before the letter (DATA)",
        Phase::Body => "after the letter",
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(phase: Phase, code: Option<u16>, text: &str) -> Reply {
        Reply { code, text: text.to_owned(), server: Some("mx.acme.test".to_owned()), phase }
    }

    #[test]
    fn every_refusal_is_told_apart() {
        use Phase::{Auth, Body, Connect, Data, Greeting, Hello, Mail, Rcpt};
        let sealed = "mx:465 cannot be reached: TLS failed: received corrupt message of type InvalidContentType";
        let unknown = "mx:465 cannot be reached: TLS failed: invalid peer certificate: UnknownIssuer";
        let plain = "no TLS is offered, and no password is sent without it";
        for (phase, code, text, trouble) in [
            (Connect, None, "mx:25 cannot be reached: Connection refused (os error 111)", Trouble::NotReached),
            (Connect, None, "mx:25 cannot be reached: silence for 15s", Trouble::NotReached),
            (Connect, None, "mx:25 cannot be reached: failed to lookup address information", Trouble::NoSuchHost),
            (Connect, None, sealed, Trouble::NoTls),
            (Connect, None, unknown, Trouble::Certificate),
            (Hello, None, "STARTTLS failed: invalid peer certificate: NotValidForName", Trouble::Certificate),
            (Hello, None, "STARTTLS failed: silence for 15s", Trouble::NoTls),
            (Hello, Some(454), "454 4.7.0 TLS not available", Trouble::StartTls),
            (Hello, Some(550), "550 go away", Trouble::Greeting),
            (Greeting, Some(554), "554 no service", Trouble::Greeting),
            (Greeting, None, "no answer: the server hung up", Trouble::Silence),
            (Auth, None, plain, Trouble::NoPasswordWithoutTls),
            (Auth, None, "the server offers no log-in that we know (PLAIN, LOGIN)", Trouble::NoLogIn),
            (Auth, Some(535), "535 5.7.8 bad credentials", Trouble::LogIn),
            (Mail, Some(530), "530 5.7.0 log in first", Trouble::LogInWanted),
            (Auth, Some(530), "530 5.7.0 log in first", Trouble::LogInWanted),
            (Auth, Some(530), "530 5.7.0 Must issue a STARTTLS command first", Trouble::TlsWanted),
            (Mail, Some(553), "553 5.7.1 not owned by user", Trouble::Sender),
            (Mail, Some(550), "550 sender rejected", Trouble::Sender),
            (Rcpt, Some(550), "550 5.1.1 no such user", Trouble::WrongAddress),
            (Rcpt, Some(550), "550 no such user", Trouble::WrongAddress),
            (Rcpt, Some(552), "552 5.2.2 mailbox full", Trouble::MailboxFull),
            (Rcpt, Some(554), "554 5.7.1 <a@b>: Relay access denied", Trouble::NoRelaying),
            (Rcpt, Some(550), "550 5.7.1 blocked by policy", Trouble::Blocked),
            (Rcpt, Some(451), "451 4.7.1 greylisted", Trouble::Later),
            (Body, Some(554), "554 5.7.1 this looks like spam", Trouble::Spam),
            (Data, Some(554), "554 5.5.1 no", Trouble::Refused),
        ] {
            assert_eq!(super::trouble(&reply(phase, code, text)), trouble, "{phase:?} {text}");
        }
    }

    #[test]
    fn an_accepted_letter_is_out_of_sight() {
        let Ok(relay) = "smtp://mx.acme.test".parse::<Destination>() else { panic!("a relay") };
        let accepted = Delivery::Accepted(reply(Phase::Body, Some(250), "250 2.0.0 Ok: queued as 4F2"));
        let said = of_delivery(&accepted, &relay).to_string();
        let wanted = "Accepted by mx.acme.test as 4F2; from there on we cannot see it: look in the spam folder.";
        assert_eq!(said, wanted);
        let lost = Delivery::Unknown(reply(Phase::Body, None, "the answer to the letter was lost: silence"));
        assert!(of_delivery(&lost, &relay).to_string().contains("may have arrived"));
    }
}
