//! How things stand, in English.

use super::super::check::{Checked, Checks};
use super::super::language::Language;
use super::super::moment::Moments;
use super::{English, capital, plan_name};
use crate::domain::account::{Kind, Locale, ReadCancels};
use crate::domain::ids::GroupId;
use crate::domain::notice::check::{Check, Finding};
use crate::domain::notice::class::Class;
use crate::domain::notice::letter::Letter;
use crate::domain::presence::status::Status;
use crate::locale;

impl Checks for English {
    fn check(&self, check: &Check<'_>, told: &Checked<'_>) -> String {
        let e = &check.evidence;
        let kind = self.kind(check.kind.unwrap_or(Kind::Offline));
        let delay = e.delay.map(|delay| self.duration(delay)).unwrap_or_default();
        match &check.finding {
            Finding::AccountSwitch if check.ok => format!("{} are switched on for the account.", capital(kind)),
            Finding::AccountSwitch => format!("{} are switched off for the whole account.", capital(kind)),
            Finding::OwnSwitch => self.own_switch(check, kind, told),
            Finding::Plan(plan) if check.ok => format!("The plan {} includes {kind}.", plan_name(plan.as_str())),
            Finding::Plan(plan) => format!(
                "{} come with the plans Standard and Pro; this account is on {}.",
                capital(kind),
                plan_name(plan.as_str())
            ),
            Finding::OfflineEverywhere(_) if !check.ok => format!(
                "{} online on {}, {}. While that is so, the chat is online and no offline email goes out.",
                told.they("You are", "is"),
                self.device(e.device.as_ref()),
                self.since(check, told)
            ),
            Finding::OfflineEverywhere(status) => self.not_online(check, *status, told),
            Finding::Online(None) => {
                "Missed-conversation emails go to everybody who answers for the conversation, online or not.".to_owned()
            }
            Finding::Online(Some(_)) if check.ok => format!(
                "{} online on {}, {}. Missed-conversation emails go to those who are online while the visitor waits.",
                told.they("You are", "is"),
                self.device(e.device.as_ref()),
                self.since(check, told)
            ),
            Finding::Online(Some(status)) => format!(
                "{} Missed-conversation emails go only to those who are online while the visitor waits.",
                self.not_online(check, *status, told)
            ),
            Finding::Delay if check.kind == Some(Kind::Missed) => {
                format!("A missed-conversation email goes out {delay} after the visitor has left.")
            }
            Finding::Delay => format!(
                "An offline email goes out {delay} after the message, unless somebody who answers for it comes online before then."
            ),
            Finding::NotHandled(read_cancels) => not_handled(check.kind, *read_cancels).to_owned(),
            Finding::ColleaguesOffline { .. } if check.ok => {
                "No colleague who answers for the same conversations is online.".to_owned()
            }
            Finding::ColleaguesOffline { but } => format!(
                "{} is online on {}, {}. While that is so, the chat is online and no offline email goes out{}.",
                told.who.operator_or(e.by, "A colleague"),
                self.device(e.device.as_ref()),
                self.since(check, told),
                not_for(but, told)
            ),
            Finding::OwnAddress if check.ok => "No colleague who was added earlier has the same address.".to_owned(),
            Finding::OwnAddress => {
                let by = told.who.operator_or(e.by, "A colleague");
                format!(
                    "{by} has the same address and was added earlier: where both answer, one email goes there, to {by}."
                )
            }
            Finding::Active if check.ok => format!("{} an active operator.", told.they("You are", "is")),
            Finding::Active => format!("{} deactivated: no email goes out.", told.they("You are", "is")),
            Finding::Audience { groups, others } => audience(groups, others, told),
            Finding::Address { address, .. } if check.ok => format!("Emails go to {address}."),
            Finding::Address { address, refusal } => {
                let when = e.at.map(|at| format!(" on {}", self.moment(at, told.tz))).unwrap_or_default();
                let refusal = refusal.map(|said| format!(" ({said})")).unwrap_or_default();
                format!(
                    "Nothing is sent to {address}: a mail server answered{when} that it does not exist{refusal}. Correct the address, or have an admin allow it again."
                )
            }
            Finding::Delivery(None) => {
                format!("{} not been sent any email at this address yet.", told.they("You have", "has"))
            }
            Finding::Delivery(Some(letter)) => self.delivery(letter, check.ok, told),
            Finding::Pause => {
                format!(
                    "After an email about a conversation, the next one about it follows {delay} later at the earliest."
                )
            }
        }
    }
}

impl English {
    fn since(&self, check: &Check<'_>, told: &Checked<'_>) -> String {
        let at = check.evidence.since.unwrap_or(told.now);
        format!("since {}", self.near_hour(at, told.now, told.tz))
    }

    fn own_switch(&self, check: &Check<'_>, kind: &str, told: &Checked<'_>) -> String {
        if check.ok {
            return format!("{} {kind} switched on.", told.they("You have", "has"));
        }
        match check.evidence.at {
            Some(at) => format!(
                "{} from {kind} by the link in an email on {}.",
                told.they("You unsubscribed", "unsubscribed"),
                self.moment(at, told.tz)
            ),
            None => format!("{} {kind} switched off in the profile.", told.they("You have", "has")),
        }
    }

    fn not_online(&self, check: &Check<'_>, status: Status, told: &Checked<'_>) -> String {
        let (have, since) = (told.they("You have", "has"), self.since(check, told));
        match status {
            Status::Away => format!("{have} been away {since}, which does not count as online."),
            _ if check.evidence.setting.as_deref() == Some("appear_offline") => {
                format!("{have} appeared offline {since}, whatever the devices say.")
            }
            _ => format!("{have} been offline on all devices {since}."),
        }
    }

    fn delivery(&self, letter: &Letter, ok: bool, told: &Checked<'_>) -> String {
        let when = self.near_hour(letter.created_at, told.now, told.tz);
        let known = locale::outbox(letter, Locale::En, told.tz);
        let class = letter.class().filter(|_| !ok);
        let advice = class.map(|class| advice(class, told.mail_domain)).unwrap_or_default();
        format!("The newest email ({when}): {known}{advice}")
    }
}

fn not_handled(kind: Option<Kind>, read_cancels: ReadCancels) -> &'static str {
    match (kind, read_cancels) {
        (Some(Kind::Missed), _) => {
            "Nobody gets a missed-conversation email once somebody has joined, answered or closed the conversation, or the visitor is back. Opening it alone does not count."
        }
        (_, ReadCancels::Reader) => {
            "Whoever opens the message before then, in the dashboard or in the app, gets no offline email about it; and nobody does once somebody has joined, answered or closed the conversation."
        }
        (_, ReadCancels::Everyone) => {
            "Once anybody has opened the message, in the dashboard or in the app, or has joined, answered or closed the conversation, nobody gets an offline email about it."
        }
    }
}

fn audience(groups: &[GroupId], others: &[GroupId], told: &Checked<'_>) -> String {
    let answer = told.they("You answer", "answers");
    match (groups, others) {
        ([], []) => format!("{answer} for all conversations."),
        (_, []) => format!("{answer} for all groups and for pages without one."),
        ([], _) => format!("{answer} for pages without a group, not for {}.", names(others, told)),
        _ => format!(
            "{answer} for {} and for pages without a group, not for {}.",
            names(groups, told),
            names(others, told)
        ),
    }
}

fn not_for(but: &[GroupId], told: &Checked<'_>) -> String {
    if but.is_empty() { String::new() } else { format!("; that does not go for {}", names(but, told)) }
}

fn names(groups: &[GroupId], told: &Checked<'_>) -> String {
    let names: Vec<&str> = groups.iter().filter_map(|group| told.who.group(*group)).collect();
    names.join(", ")
}

/// What a refusal of this class asks for (rule D5).
fn advice(class: Class, mail_domain: &str) -> String {
    match class {
        Class::MailboxFull => " The mailbox is full: make room in it.".to_owned(),
        Class::WrongAddress => " Check the address.".to_owned(),
        Class::DomainBlocked => {
            format!(" The receiving server blocks us: ask whoever looks after it to allow emails from {mail_domain}.")
        }
        Class::SpamRejected => {
            format!(
                " It was taken for spam: ask whoever looks after the receiving server to allow emails from {mail_domain}."
            )
        }
        Class::RelayAuth => " The fault is this server's, not the address's: tell whoever looks after it.".to_owned(),
        Class::RateLimited | Class::Other => String::new(),
    }
}
