use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use uuid::Uuid;

use super::*;
use crate::domain::account::{Kind, Plan, ReadCancels};
use crate::domain::conversation::message::Happened;
use crate::domain::ids::{ConversationId, DeviceId, LetterId};
use crate::domain::notice::check::{Check, Finding};
use crate::domain::notice::class::Class;
use crate::domain::notice::letter::Attempt;
use crate::domain::notice::reason::{Code, DeviceRef, Evidence};
use crate::domain::presence::status::Status;
use crate::domain::time::{Span, Timestamp};

const TOMAS: OperatorId = OperatorId(Uuid::from_u128(1));
const JANA: OperatorId = OperatorId(Uuid::from_u128(2));
const BOTH: [Locale; 2] = [Locale::Cs, Locale::En];
/// 2025-03-03 09:03:10 UTC.
const AT: Timestamp = Timestamp(1_740_992_590_000);

struct Team;

impl Names for Team {
    fn operator(&self, id: OperatorId) -> Option<&str> {
        [(TOMAS, "Tomáš"), (JANA, "Jana")].into_iter().find(|(of, _)| *of == id).map(|(_, name)| name)
    }

    fn group(&self, _: GroupId) -> Option<&str> {
        Some("Sales")
    }
}

fn prague() -> TimeZone {
    zone("Europe/Prague")
}

fn evidence(by: OperatorId) -> Evidence {
    Evidence {
        at: Some(AT),
        by: Some(by),
        device: Some(DeviceRef { id: DeviceId("d1".to_owned()), name: Some("iPhone".to_owned()) }),
        since: Some(AT - Span::from_secs(60)),
        until: Some(AT + Span::from_secs(600)),
        delay: Some(Span::from_secs(120)),
        ..Evidence::default()
    }
}

fn told(code: Code, by: OperatorId, locale: Locale) -> String {
    sentence(&Reason::with(code, evidence(by)), Kind::Offline, Some(TOMAS), &Team, locale, &prague())
}

#[test]
fn every_code_has_a_sentence_of_its_own_in_both_languages() {
    let mut all = BTreeSet::new();
    for locale in BOTH {
        for code in Code::ALL {
            for kind in Kind::ALL {
                for reason in [Reason::bare(code), Reason::with(code, evidence(JANA))] {
                    for about in [None, Some(TOMAS)] {
                        let text = sentence(&reason, kind, about, &Team, locale, &prague());
                        assert!(
                            text.ends_with('.') && !text.contains("  ") && !text.contains(" ."),
                            "{code:?}: {text}"
                        );
                        assert!(text.chars().next().is_some_and(char::is_uppercase), "{code:?}: {text}");
                    }
                }
            }
            assert!(all.insert(told(code, JANA, locale)), "{code:?} is told as another one");
        }
    }
    assert_eq!(all.len(), 2 * Code::ALL.len());
}

#[test]
fn a_sentence_holds_the_evidence() {
    assert_eq!(
        told(Code::BackOnline, TOMAS, Locale::En),
        "Tomáš came online on iPhone at 10:03:10, before the email was due."
    );
    assert_eq!(
        told(Code::BackOnline, TOMAS, Locale::Cs),
        "Tomáš je od 10:03:10 online (iPhone), dřív než měl e-mail odejít."
    );
    assert_eq!(told(Code::Joined, JANA, Locale::En), "Jana joined the conversation at 10:03:10.");
    assert_eq!(told(Code::Joined, JANA, Locale::Cs), "Konverzaci má od 10:03:10 na starosti Jana.");
    assert_eq!(
        told(Code::BoxWasOnline, JANA, Locale::En),
        "The chat box was online when the message came: Jana was online on iPhone since 10:02:10."
    );
    assert!(told(Code::RecentlyNotified, JANA, Locale::En).contains("10:13:10"));
    assert!(told(Code::Emailed, JANA, Locale::Cs).contains("zprávy čekaly 2 minuty"));
    assert!(told(Code::Read, JANA, Locale::En).contains("one reader counts for all"));
    assert_eq!(told(Code::Read, TOMAS, Locale::En), "Tomáš had seen every waiting message by 10:03:10.");
}

#[test]
fn czech_counts_as_czechs_do() {
    let czech = language(Locale::Cs);
    let told: Vec<_> = [0, 1, 2, 4, 5, 21, 22, 102].into_iter().map(|count| czech.messages(count)).collect();
    let wanted = ["0 zpráv", "1 zpráva", "2 zprávy", "4 zprávy", "5 zpráv", "21 zpráv", "22 zpráv", "102 zpráv"];
    assert_eq!(told, wanted);
    assert_eq!(czech.and_more(3), "a další 3 zprávy");
    assert_eq!(czech.and_more(7), "a dalších 7 zpráv");
    assert_eq!(language(Locale::En).and_more(7), "and 7 more messages");
    assert_eq!(language(Locale::En).and_more(1), "and 1 more message");
}

#[test]
fn spans_are_told_in_their_largest_units() {
    let cases = [
        (600, "600 ms", "600 ms"),
        (1_000, "1 sekundu", "1 second"),
        (1_500, "1,5 s", "1.5 s"),
        (10_000, "10 sekund", "10 seconds"),
        (60_000, "1 minutu", "1 minute"),
        (120_000, "2 minuty", "2 minutes"),
        (5_400_000, "1 hodinu 30 minut", "1 hour 30 minutes"),
        (86_400_000, "1 den", "1 day"),
        (3_600_001, "1 hodinu", "1 hour"),
    ];
    for (ms, cs, en) in cases {
        assert_eq!(language(Locale::Cs).duration(Span(ms)), cs);
        assert_eq!(language(Locale::En).duration(Span(ms)), en);
    }
}

#[test]
fn what_is_long_ago_is_told_with_its_day() {
    let days_ago = AT - Span::from_secs(3 * 86_400);
    let english = language(Locale::En);
    assert_eq!(english.near(days_ago, Some(AT), &prague()), "28 Feb 2025, 10:03");
    assert_eq!(language(Locale::Cs).near(days_ago, None, &prague()), "28. 2. 2025 10:03");
    assert_eq!(english.near(AT - Span(1), Some(AT), &prague()), "10:03:09");
}

fn letter() -> Letter {
    Letter {
        id: LetterId { conversation: ConversationId(Uuid::from_u128(3)), episode: 1, operator: TOMAS },
        kind: Kind::Offline,
        state: LetterState::Sent,
        to: "tomas@acme.test".to_owned(),
        message_id: "<1@acme.test>".to_owned(),
        seqs: vec![1],
        started_at: AT,
        delay: Span::from_secs(120),
        group: None,
        created_at: AT,
        next_attempt_at: Some(AT + Span::from_secs(30)),
        claim: None,
        bodies: 0,
        raw: None,
        asked_at: None,
        bounces: Vec::new(),
        attempts: vec![Attempt {
            at: AT,
            server: Some("mx.example.com".to_owned()),
            reply: "250 2.0.0 Ok: queued as 4F2A".to_owned(),
            class: None,
        }],
    }
}

#[test]
fn n9_a_letter_that_was_not_needed_says_why() {
    let dropped = [
        (Code::Read, "seen"),
        (Code::Replied, "taken care of"),
        (Code::NotActivatedOperator, "switched such emails off"),
        (Code::Unsubscribed, "unsubscribed"),
        (Code::Suppressed, "does not exist"),
    ];
    for (code, said) in dropped {
        let mut letter = Letter { state: LetterState::NoLongerNeeded, ..letter() };
        letter.attempts.push(Attempt::without_a_server(AT, code.as_str()));
        let told = outbox(&letter, Locale::En, &prague());
        assert!(told.contains(said) && !told.contains('_'), "{told}");
        // After an unknown outcome that is not all.
        let told = outbox(&Letter { bodies: 1, ..letter }, Locale::En, &prague());
        assert!(told.contains(said) && told.contains("may have arrived"), "{told}");
    }
}

#[test]
fn the_outbox_says_what_cannot_be_known() {
    let mut letter = letter();
    assert_eq!(
        outbox(&letter, Locale::En, &prague()),
        "Accepted by mx.example.com at 10:03:10 as 4F2A; from there on we cannot see it: look in the spam folder."
    );
    for locale in BOTH {
        let mut all = BTreeSet::new();
        for state in LetterState::ALL {
            letter.state = state;
            assert!(all.insert(outbox(&letter, locale, &prague())));
        }
    }
}

#[test]
fn a_timer_says_what_became_of_it() {
    let reason = Reason::with(Code::Replied, evidence(JANA));
    let told = |state| timer(state, Kind::Missed, &Team, Locale::En, &prague());
    assert_eq!(told(TimerState::Cancelled { reason: &reason }), "Cancelled. Jana replied at 10:03:10.");
    assert!(told(TimerState::Running { due_at: AT }).contains("10:03:10"));
    assert!(told(TimerState::Fired { at: AT }).contains("10:03:10"));
}

/// Something of each code, that lets emails pass and that does not.
fn found(letter: &Letter) -> Vec<Check<'_>> {
    let all = |finding: Finding<'static>| [true, false].map(|ok| (finding.clone(), ok));
    let group = GroupId(Uuid::from_u128(9));
    let delivered = Letter { state: LetterState::Sent, ..letter.clone() };
    let mut findings: Vec<(Finding<'_>, bool)> = vec![
        (Finding::OfflineEverywhere(Status::Away), true),
        (Finding::Online(None), true),
        (Finding::Delay, true),
        (Finding::NotHandled(ReadCancels::Reader), true),
        (Finding::NotHandled(ReadCancels::Everyone), true),
        (Finding::Audience { groups: vec![], others: vec![] }, true),
        (Finding::Audience { groups: vec![group], others: vec![] }, true),
        (Finding::Audience { groups: vec![], others: vec![group] }, true),
        (Finding::Audience { groups: vec![group], others: vec![group] }, true),
        (Finding::ColleaguesOffline { but: vec![group] }, false),
        (Finding::Address { address: "jana@shop.test", refusal: Some("550 no such user") }, false),
        (Finding::Address { address: "jana@shop.test", refusal: None }, true),
        (Finding::Delivery(None), true),
        (Finding::Delivery(Some(letter)), delivered.state == letter.state),
        (Finding::Pause, true),
    ];
    for finding in [
        Finding::AccountSwitch,
        Finding::OwnSwitch,
        Finding::Plan(Plan::Standard),
        Finding::OfflineEverywhere(Status::Offline),
        Finding::Online(Some(Status::Offline)),
        Finding::ColleaguesOffline { but: vec![] },
        Finding::OwnAddress,
        Finding::Active,
    ] {
        findings.extend(all(finding));
    }
    let check =
        |(finding, ok)| Check { kind: Some(Kind::Offline), finding, ok, reason: None, evidence: evidence(JANA) };
    findings.into_iter().map(check).collect()
}

fn checked<'a>(about: Option<&'a str>, tz: &'a TimeZone) -> Checked<'a> {
    Checked { about, who: &Team, mail_domain: "chat.test", now: AT + Span::from_secs(3_600), tz }
}

#[test]
fn every_check_has_a_sentence_of_its_own_in_both_languages() {
    let (letter, tz) = (letter(), prague());
    for locale in BOTH {
        for about in [None, Some("Petr")] {
            let told = checked(about, &tz);
            let checks = found(&letter);
            let codes: BTreeSet<&str> = checks.iter().map(|check| check.finding.code()).collect();
            assert_eq!(codes, Finding::CODES.into_iter().collect());
            let mut texts = BTreeSet::new();
            for check in &checks {
                let text = language(locale).check(check, &told);
                assert!(text.ends_with('.') && !text.contains("  ") && !text.contains(" ."), "{check:?}: {text}");
                assert!(text.chars().next().is_some_and(char::is_uppercase), "{check:?}: {text}");
                assert!(about.is_none() || !text.contains("You "), "{text}");
                assert!(texts.insert(text), "{check:?} is told as another one");
            }
        }
    }
}

#[test]
fn a_check_speaks_to_whom_it_is_about_and_of_whom_it_is_not_told() {
    let (tz, evidence) = (prague(), evidence(TOMAS));
    let finding = Finding::OfflineEverywhere(Status::Online);
    let check = Check { kind: Some(Kind::Offline), finding, ok: false, reason: Some(Code::BoxWasOnline), evidence };
    for (locale, about, begins) in [
        (Locale::En, None, "You are online on iPhone, since 10:02. "),
        (Locale::En, Some("Tomáš"), "Tomáš is online on iPhone, since 10:02. "),
        (Locale::Cs, None, "Jste online (iPhone), a to od 10:02. "),
        (Locale::Cs, Some("Tomáš"), "Tomáš je online (iPhone), a to od 10:02. "),
    ] {
        let text = language(locale).check(&check, &checked(about, &tz));
        assert!(text.starts_with(begins), "{text}");
    }
    let later = Checked { now: AT + Span::from_secs(3 * 86_400), ..checked(None, &tz) };
    assert!(language(Locale::En).check(&check, &later).contains("since 3 Mar 2025, 10:02."), "not of today");
}

#[test]
fn d5_a_refusal_says_what_to_ask_for_and_a_good_delivery_asks_for_nothing() {
    let tz = prague();
    let mut letter = letter();
    for (class, said) in [
        (Class::MailboxFull, "make room"),
        (Class::WrongAddress, "Check the address"),
        (Class::DomainBlocked, "allow emails from chat.test"),
        (Class::SpamRejected, "allow emails from chat.test"),
        (Class::RelayAuth, "not the address's"),
    ] {
        letter.attempts[0].class = Some(class);
        let tell = |state, ok| {
            let letter = Letter { state, ..letter.clone() };
            let finding = Finding::Delivery(Some(&letter));
            let check = Check { kind: None, finding, ok, reason: None, evidence: Evidence::default() };
            language(Locale::En).check(&check, &checked(None, &tz))
        };
        assert!(tell(LetterState::Failed, false).contains(said), "{class:?}: {}", tell(LetterState::Failed, false));
        assert!(!tell(LetterState::Sent, true).contains(said), "{class:?}");
    }
}

#[test]
fn system_messages_differ() {
    for locale in BOTH {
        let name = || "Jana".to_owned();
        let events = [
            Happened::Joined { operator: JANA, name: name() },
            Happened::Left { operator: JANA, name: name() },
            Happened::Transferred { operator: Some(JANA), group: None, name: name() },
            Happened::Transferred { operator: None, group: Some(GroupId(Uuid::from_u128(9))), name: name() },
            Happened::Closed { operator: JANA, name: name() },
        ];
        let all: BTreeSet<_> = events.iter().map(|event| language(locale).system_message(event)).collect();
        assert_eq!(all.len(), events.len());
    }
}

#[test]
fn a_visitor_without_a_name_can_be_told_from_others() {
    let id = VisitorId(Uuid::from_u128(0x4f2a));
    assert_eq!(visitor_name(id, None, Locale::En), "Visitor 4F2A");
    assert_eq!(visitor_name(id, Some("  "), Locale::Cs), "Návštěvník 4F2A");
    assert_eq!(visitor_name(id, Some(" Eva "), Locale::Cs), "Eva");
}
