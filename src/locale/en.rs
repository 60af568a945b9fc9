//! English.

mod checks;
mod trial;

use jiff::civil::DateTime;

use super::language::{Language, NoticeFacts, OutboxFacts, Telling, TimerState, Why};
use super::moment::{Moments, Unit};
use super::note::Notes;
use crate::domain::account::Kind;
use crate::domain::bulletin::NoticeCode;
use crate::domain::conversation::message::Happened;
use crate::domain::note::Tidings;
use crate::domain::notice::class::Class;
use crate::domain::notice::letter::LetterState;
use crate::domain::notice::reason::{Code, DeviceRef, Reason};
use crate::domain::notice::refusals::BlockedDomain;

/// English.
pub(super) struct English;

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The form of a noun that goes with the count.
pub(super) fn plural(count: i64, one: &'static str, many: &'static str) -> &'static str {
    if count == 1 { one } else { many }
}

impl Moments for English {
    fn day(&self, at: &DateTime) -> String {
        format!("{} {} {}", at.day(), MONTHS[usize::from(at.month().unsigned_abs()) - 1], at.year())
    }

    fn day_and_time(&self, day: String, time: String) -> String {
        format!("{day}, {time}")
    }

    fn amount(&self, count: i64, unit: Unit) -> String {
        let noun = match unit {
            Unit::Day => plural(count, "day", "days"),
            Unit::Hour => plural(count, "hour", "hours"),
            Unit::Minute => plural(count, "minute", "minutes"),
            Unit::Second => plural(count, "second", "seconds"),
        };
        format!("{count} {noun}")
    }

    fn decimal_mark(&self) -> char {
        '.'
    }
}

impl Language for English {
    fn reason(&self, reason: &Reason, telling: &Telling<'_>) -> String {
        let e = &reason.evidence;
        let (tz, kind) = (telling.tz, self.kind(telling.kind));
        let about = telling.about("The operator");
        let by = telling.name(e.by, "Somebody");
        let on = self.device(e.device.as_ref());
        let at = e.at.map(|at| format!(" at {}", self.clock(at, tz))).unwrap_or_default();
        let by_then = e.at.map(|at| format!(" by {}", self.clock(at, tz))).unwrap_or_default();
        let on_day = |when| format!(" on {}", self.moment(when, tz));
        match reason.code {
            Code::NotActivatedAccount => format!("{} are switched off for the whole account.", capital(kind)),
            Code::NotActivatedOperator => format!("{about} has {kind} switched off in the profile."),
            Code::Unsubscribed => {
                let when = e.at.or(e.since).map(on_day).unwrap_or_default();
                format!("{about} unsubscribed from {kind} by the link in an email{when}.")
            }
            Code::PlanWithoutMissed => {
                let plan = e.setting.as_deref().map_or("free", plan_name);
                format!("Missed-conversation emails come with the plans Standard and Pro; this account was on {plan}.")
            }
            Code::BoxWasOnline => {
                let since = e.since.map(|since| format!(" since {}", self.near(since, e.at, tz))).unwrap_or_default();
                format!("The chat box was online when the message came: {} was online on {on}{since}.", lower(by))
            }
            Code::BackOnline => {
                format!("{} came online on {on}{at}, before the email was due.", telling.about(by))
            }
            Code::Read if e.by.is_none() || e.by == telling.about || telling.about.is_none() => {
                format!("{} had seen every waiting message{by_then}.", telling.name(e.by, about))
            }
            Code::Read => {
                format!("{by} had seen every waiting message{by_then}, and in this account one reader counts for all.")
            }
            Code::ColleagueOnline => {
                format!("A colleague came online before the email was due: {} on {on}{at}.", lower(by))
            }
            Code::WasNotOnline => {
                format!("{about} was online at no time between the visitor's message and the visitor's leaving.")
            }
            Code::Joined => format!("{by} joined the conversation{at}."),
            Code::Replied => format!("{by} replied{at}."),
            Code::Closed => format!("{by} closed the conversation{at}."),
            Code::VisitorReturned => format!("The visitor came back to the web site{at}."),
            Code::Deactivated => format!("{about} was deactivated when the email was due."),
            Code::NotInGroup => format!("{about} is not among those who answer for this conversation's group."),
            Code::Superseded => format!(
                "The email was no longer called for{at}: the group, the plan or the operators changed, or the other kind of email told of these messages."
            ),
            Code::Suppressed => {
                let when = e.at.or(e.since).map(on_day).unwrap_or_default();
                format!(
                    "The address of {} is not mailed: a mail server answered{when} that it does not exist.",
                    lower(about)
                )
            }
            Code::SameAddress => format!("{about} shares an address with {}, who got the email for both.", lower(by)),
            Code::RecentlyNotified => {
                let until = e
                    .until
                    .map(|until| format!("; the next one can follow at {}", self.clock(until, tz)))
                    .unwrap_or_default();
                format!("An email about this conversation went out shortly before{until}.")
            }
            Code::NoRecipients => "Nobody was left who could be mailed.".to_owned(),
            Code::Emailed => {
                let delay =
                    e.delay.map(|delay| format!(", {} without an answer", self.duration(delay))).unwrap_or_default();
                format!("An email to {} was queued{at}{delay}.", lower(about))
            }
        }
    }

    fn timer(&self, state: TimerState<'_>, telling: &Telling<'_>) -> String {
        match state {
            TimerState::Running { due_at } => {
                format!("The email is due at {} unless somebody acts.", self.clock(due_at, telling.tz))
            }
            TimerState::Cancelled { reason } => format!("Cancelled. {}", self.reason(reason, telling)),
            TimerState::Fired { at } => {
                format!("The whole delay passed at {}: the email was due.", self.clock(at, telling.tz))
            }
        }
    }

    fn system_message(&self, event: &Happened) -> String {
        match event {
            Happened::Joined { name, .. } => format!("{name} joined the conversation."),
            Happened::Left { name, .. } => format!("{name} left the conversation."),
            Happened::Transferred { group: Some(_), name, .. } => {
                format!("The conversation was handed over to the group {name}.")
            }
            Happened::Transferred { name, .. } => format!("The conversation was handed over to {name}."),
            Happened::Closed { name, .. } => format!("{name} closed the conversation."),
        }
    }

    fn notice(&self, facts: &NoticeFacts<'_>) -> String {
        let since = self.moment(facts.notice.since, facts.tz);
        match facts.notice.code {
            NoticeCode::RelayAuth => format!(
                "The mail relay has refused the server's log-in since {since}: emails wait until the user name and password for the relay are right again."
            ),
            NoticeCode::DomainBlocked => {
                let domains = facts.blocked.iter().map(blocked).collect::<Vec<_>>().join(" ");
                format!(
                    "{domains} Ask the IT department there to allow emails from {}; the address itself is fine, and new messages are still mailed.",
                    facts.mail_domain
                )
            }
            NoticeCode::StoreStale => format!(
                "The server has not been able to store anything since {since}: chat boxes show what was known then, and messages are not taken until it can again."
            ),
            NoticeCode::AnyOrigin => format!(
                "Any web site may show this account's chat (since {since}): name your own web sites in the settings."
            ),
        }
    }

    fn class(&self, class: Class) -> Option<&'static str> {
        match class {
            Class::WrongAddress => Some("the address does not exist"),
            Class::MailboxFull => Some("the mailbox is full"),
            Class::DomainBlocked => Some("the receiving server does not let our emails in"),
            Class::SpamRejected => Some("it was taken for spam"),
            Class::RateLimited => Some("we are to come again later"),
            Class::RelayAuth => Some("our own relay does not let us send"),
            Class::Other => None,
        }
    }

    fn outbox(&self, facts: &OutboxFacts<'_>) -> String {
        let class =
            facts.class.and_then(|class| self.class(class)).map(|class| format!(", {class}")).unwrap_or_default();
        let server = facts.server.unwrap_or("the mail server");
        let reply = facts.reply.unwrap_or("no answer");
        let at = facts.at.map(|at| format!(" at {}", self.clock(at, facts.tz))).unwrap_or_default();
        let next = facts.next_attempt_at.map(|next| self.clock(next, facts.tz));
        match facts.state {
            LetterState::Queued => format!("Waits for its turn to be sent to {}.", facts.to),
            LetterState::Sending => format!("Is being handed to {server}."),
            LetterState::Sent => {
                let id = facts.queue_id.map(|id| format!(" as {id}")).unwrap_or_default();
                format!("Accepted by {server}{at}{id}; from there on we cannot see it: look in the spam folder.")
            }
            LetterState::Deferred => {
                let next = next.map(|next| format!(" Next attempt at {next}.")).unwrap_or_default();
                format!("Not taken yet by {server}{at}{class}: {reply}.{next}")
            }
            LetterState::Failed => format!("Refused by {server}{at}{class}: {reply}."),
            LetterState::Uncertain => {
                let next = next.map(|next| format!(" We decide again at {next}.")).unwrap_or_default();
                format!(
                    "The connection to {server} broke{at} after the text was sent: it may have arrived or not.{next}"
                )
            }
            LetterState::NoLongerNeeded if facts.may_have_arrived => {
                format!(
                    "Not sent again, for meanwhile {}: the first copy may have arrived or not.",
                    dropped(facts.dropped)
                )
            }
            LetterState::NoLongerNeeded => format!("Not sent: before its turn came, {}.", dropped(facts.dropped)),
            LetterState::Expired => {
                format!("Given up: it could not be delivered in time{class}. Last answer: {reply}.")
            }
        }
    }

    fn tag(&self) -> &'static str {
        "en"
    }

    fn kind(&self, kind: Kind) -> &'static str {
        match kind {
            Kind::Offline => "offline emails",
            Kind::Missed => "missed-conversation emails",
        }
    }

    fn device<'a>(&self, device: Option<&'a DeviceRef>) -> &'a str {
        device.and_then(|device| device.name.as_deref()).unwrap_or("an unnamed device")
    }

    fn unnamed_visitor(&self, mark: &str) -> String {
        format!("Visitor {mark}")
    }

    fn messages(&self, count: usize) -> String {
        format!("{count} {}", plural(count as i64, "message", "messages"))
    }

    fn subject(&self, visitor: &str) -> String {
        format!("Chat message from {visitor}")
    }

    fn intro(&self, kind: Kind, visitor: &str) -> String {
        match kind {
            Kind::Offline => format!("{visitor} wrote to you while the chat was offline."),
            Kind::Missed => format!("{visitor} left the web site before anybody answered."),
        }
    }

    fn without_texts(&self, count: usize) -> String {
        let waits = plural(count as i64, "waits", "wait");
        format!("{} {waits} for an answer. The emails of this account do not include the texts.", self.messages(count))
    }

    fn cut(&self) -> &'static str {
        "[… cut here; the rest is in the conversation]"
    }

    fn and_more(&self, count: usize) -> String {
        format!("and {count} more {}", plural(count as i64, "message", "messages"))
    }

    fn label_visitor(&self) -> &'static str {
        "Visitor"
    }

    fn label_email(&self) -> &'static str {
        "Email"
    }

    fn label_page(&self) -> &'static str {
        "Page"
    }

    fn label_group(&self) -> &'static str {
        "Group"
    }

    fn button(&self) -> &'static str {
        "Open the conversation"
    }

    fn reply_hint(&self) -> &'static str {
        "An answer to this email goes straight to the visitor's own address."
    }

    fn why(&self, why: &Why<'_>) -> String {
        let Why { account, since, .. } = why;
        let group = why.group.map(|group| format!(" in the group {group}")).unwrap_or_default();
        let delay = self.duration(why.delay);
        match why.kind {
            Kind::Offline => format!(
                "Why this email: you answer for the chat of {account}{group}. The chat was offline from {since} on, and {delay} later nobody had dealt with the messages."
            ),
            Kind::Missed => format!(
                "Why this email: you answer for the chat of {account}{group}. The visitor left at {since}, and {delay} later nobody had dealt with the messages."
            ),
        }
    }

    fn unsubscribe(&self, kind: Kind) -> String {
        format!("Unsubscribe from {}", self.kind(kind))
    }

    fn unsubscribe_question(&self, kind: Kind) -> String {
        format!("Do you want no more {}?", self.kind(kind))
    }

    fn unsubscribe_reach(&self) -> &'static str {
        "It counts for everybody in the account who has the same address as you. All other emails keep coming."
    }

    fn unsubscribed(&self, kind: Kind) -> String {
        format!("Done: no more {} will be sent to your address.", self.kind(kind))
    }

    fn unsubscribe_undo(&self) -> &'static str {
        "You can switch them on again in the dashboard, in the settings under Notifications."
    }

    fn unsubscribe_unknown(&self) -> &'static str {
        "This link does not work, or no longer. Which emails you get is set in the dashboard, in the settings under Notifications."
    }

    fn own_switches(&self) -> &'static str {
        "Open the settings"
    }

    fn no_chat(&self) -> &'static str {
        "There is no chat here. If this is your web site: the key in its code is not valid; the right one is in the chat's settings."
    }
}

/// Why a letter was no longer needed, as the end of a sentence.
fn dropped(code: Option<Code>) -> &'static str {
    match code {
        Some(Code::Read) => "they had seen the messages",
        Some(Code::Joined | Code::Replied | Code::Closed) => "the conversation had been taken care of",
        Some(Code::NotActivatedAccount) => "such emails were switched off for the account",
        Some(Code::NotActivatedOperator) => "they had switched such emails off",
        Some(Code::Unsubscribed) => "they had unsubscribed",
        Some(Code::PlanWithoutMissed) => "the account had a plan without such emails",
        Some(Code::Deactivated) => "they had been deactivated",
        Some(Code::NotInGroup) => "the conversation was no longer theirs to answer",
        Some(Code::Suppressed) => "their address was blocked, since a server had said that it does not exist",
        _ => "the messages had been dealt with or seen",
    }
}

/// One domain that blocks us, as a sentence.
fn blocked(BlockedDomain { domain, addresses, reply, .. }: &BlockedDomain<'_>) -> String {
    format!(
        "The mail server of {domain} does not let our emails to {} in: \u{201c}{reply}\u{201d}.",
        addresses.join(", ")
    )
}

impl Notes for English {
    fn note_subject(&self, tidings: &Tidings) -> &'static str {
        match tidings {
            Tidings::Invited { .. } => "You are invited to doorbell",
            Tidings::Forgotten { .. } => "A new password for doorbell",
            Tidings::AddressChanged { .. } => "Your address in doorbell was changed",
        }
    }

    fn note_invited(&self, by: Option<&str>, account: &str) -> String {
        format!("{} invites you to answer the chat of {account}.", by.unwrap_or("Who runs the server"))
    }

    fn note_invited_about(&self, email: &str) -> String {
        format!("Choose a password, and then log in with it and with this address: {email}")
    }

    fn note_forgotten(&self, email: &str) -> String {
        format!("Somebody, probably you, asked for a new password for {email}.")
    }

    fn note_forgotten_about(&self, count: usize) -> String {
        format!(
            "{count} people log in with this address. Each has a password of their own, and a link of their own here:"
        )
    }

    fn note_address_changed(&self, name: &str, account: &str) -> String {
        format!("{name} ({account}) has another email address from now on.")
    }

    fn note_address_changed_about(&self, old: &str, by: Option<&str>) -> String {
        let by = by.unwrap_or("who runs the server");
        format!("It was changed by {by}. {old} no longer works for logging in, and notifications no longer go there.")
    }

    fn note_button(&self) -> &'static str {
        "Set a password"
    }

    fn note_until(&self, until: &str) -> String {
        format!("The link works once, until {until}.")
    }

    fn note_foot(&self, tidings: &Tidings) -> &'static str {
        match tidings {
            Tidings::Invited { .. } => "If you did not expect this invitation, you can ignore it: nothing happens.",
            Tidings::Forgotten { .. } => "If it was not you, you can ignore this email: the password stays as it is.",
            Tidings::AddressChanged { .. } => "If you did not expect this, tell an admin of the account at once.",
        }
    }
}

/// "Somebody" and "The operator" begin sentences; within one they are small. A person's name stays.
fn lower(name: &str) -> &str {
    match name {
        "Somebody" => "somebody",
        "The operator" => "the operator",
        _ => name,
    }
}

/// The name of a kind at the beginning of a sentence.
fn capital(kind: &str) -> String {
    let mut letters = kind.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// A plan by the name that is sold.
fn plan_name(plan: &str) -> &str {
    match plan {
        "free" => "Free",
        "standard" => "Standard",
        "pro" => "Pro",
        other => other,
    }
}
