use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use uuid::Uuid;

use super::*;
use crate::domain::account::Kind;
use crate::domain::conversation::message::Happened;
use crate::domain::ids::{ConversationId, DeviceId, LetterId};
use crate::domain::notice::letter::Attempt;
use crate::domain::notice::reason::{Code, DeviceRef, Evidence};
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
        None
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

#[test]
fn the_outbox_says_what_cannot_be_known() {
    let mut letter = Letter {
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
        attempts: vec![Attempt {
            at: AT,
            server: Some("mx.example.com".to_owned()),
            reply: "250 2.0.0 Ok: queued as 4F2A".to_owned(),
            class: None,
        }],
    };
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
