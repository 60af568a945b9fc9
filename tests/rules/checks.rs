//! Rule W4, of what is said without any conversation: how things stand now, and that a decision then says the same.

use std::collections::BTreeSet;

use doorbell::domain::account::{Kind, MissedRecipients, Plan, ReadCancels, Suppression};
use doorbell::domain::ids::GroupId;
use doorbell::domain::notice::check::{Check, Finding};
use doorbell::domain::notice::checks::{Situation, checks};
use doorbell::domain::notice::class::Class;
use doorbell::domain::notice::letter::{Attempt, Letter, LetterState};
use doorbell::domain::notice::reason::Code;
use doorbell::domain::presence::status::{BoxView, Status};
use doorbell::domain::time::Span;

use crate::world::{Colleague, World, mins, secs};

/// What is found about an operator now; `read` looks at it.
fn look<T>(me: &Colleague, newest: Option<&Letter>, read: impl FnOnce(&[Check<'_>]) -> T) -> T {
    let inner = me.world.see();
    let account = &inner.account;
    let groups = std::iter::once(None).chain(account.effective_groups().iter().map(|group| Some(group.id)));
    let chat: Vec<BoxView> = groups.map(|group| inner.roster.chat(account, group, &|_, _| None)).collect();
    let operators = inner.roster.operators(account, &|_, _| None);
    let now = Situation { account, delays: &inner.delays, chat: &chat, operators: &operators, newest };
    read(&checks(&now, account.operator(me.id).expect("an operator of the account")))
}

/// The reasons that a decision of a kind would give.
fn against(me: &Colleague, kind: Kind) -> Vec<Code> {
    let counts = |check: &&Check<'_>| !check.ok && check.kind.is_none_or(|of| of == kind);
    look(me, None, |checks| checks.iter().filter(counts).filter_map(|check| check.reason).collect())
}

/// What is found by one code, of one kind or of both.
fn found<T>(me: &Colleague, kind: Option<Kind>, code: &str, read: impl Fn(&Check<'_>) -> T) -> Vec<T> {
    let is_it = |check: &&Check<'_>| check.kind == kind && check.finding.code() == code;
    look(me, None, |checks| checks.iter().filter(is_it).map(read).collect())
}

/// What an operator is, as a check tells it.
fn status_of(check: &Check<'_>) -> Option<Status> {
    match check.finding {
        Finding::OfflineEverywhere(status) => Some(status),
        Finding::Online(status) => status,
        _ => None,
    }
}

fn suppress(world: &World, address: &str) {
    let (address, at) = (address.to_owned(), world.now());
    let (class, reply) = (Class::WrongAddress, "550 5.1.1 no such user".to_owned());
    world.changes(|account| account.suppressed.push(Suppression { address, class, reply, at }));
}

fn shop(plan: Plan) -> (World, Colleague, Colleague) {
    let world = World::of(plan);
    let (petr, jana) = (world.operator("Petr"), world.operator("Jana"));
    (world, petr, jana)
}

#[test]
fn w4_what_stands_in_the_way_of_an_offline_email_is_what_the_decision_says() {
    type Scene = fn(&World, &Colleague, &Colleague);
    let scenes: [(Code, Scene); 9] = [
        (Code::NotActivatedAccount, |world, _, _| {
            world.changes(|account| account.notifications.offline.enabled = false);
        }),
        (Code::NotActivatedOperator, |_, _, jana| jana.switches_off(Kind::Offline)),
        (Code::Unsubscribed, |_, _, jana| jana.unsubscribes(Kind::Offline)),
        (Code::BoxWasOnline, |_, _, jana| jana.connects("laptop")),
        (Code::BoxWasOnline, |_, _, jana| jana.leases("iPhone", mins(60))),
        (Code::BoxWasOnline, |_, petr, _| petr.connects("desk")),
        (Code::Deactivated, |_, _, jana| jana.is_deactivated()),
        (Code::Suppressed, |world, _, _| suppress(world, "jana@flowers.test")),
        (Code::SameAddress, |_, _, jana| jana.changes(|me| me.email = "Petr@Flowers.test".to_owned())),
    ];
    for (code, scene) in scenes {
        let (world, petr, jana) = shop(Plan::Pro);
        scene(&world, &petr, &jana);
        assert_eq!(against(&jana, Kind::Offline), [code]);
        let eva = world.visitor("Eva");
        eva.writes("Hello");
        world.passes(mins(2));
        eva.assert_reasons(&jana, &[code]);
    }
    let (world, petr, jana) = shop(Plan::Free);
    assert_eq!(against(&jana, Kind::Offline), []);
    let eva = world.visitor("Eva");
    eva.writes("Hello");
    world.passes(mins(2));
    eva.assert_mailed(&[&petr, &jana]);
}

#[test]
fn w4_and_of_a_missed_one_alike() {
    type Scene = fn(&World, &Colleague, &Colleague);
    let scenes: [(Plan, &[Code], Scene); 6] = [
        (Plan::Free, &[Code::PlanWithoutMissed], |_, _, jana| jana.connects("laptop")),
        (Plan::Standard, &[Code::WasNotOnline], |_, petr, _| petr.connects("desk")),
        (Plan::Standard, &[Code::NotActivatedOperator, Code::WasNotOnline], |_, petr, jana| {
            petr.connects("desk");
            jana.connects_as("laptop", Status::Away);
            jana.switches_off(Kind::Missed);
        }),
        (Plan::Standard, &[], |_, _, jana| jana.connects("laptop")),
        (Plan::Standard, &[], |world, petr, _| {
            petr.connects("desk");
            world.changes(|account| account.notifications.missed_recipients = MissedRecipients::Audience);
        }),
        // That of the first who would be mailed: Petr would not.
        (Plan::Standard, &[], |_, petr, jana| {
            jana.connects("laptop");
            jana.changes(|me| me.email = "petr@flowers.test".to_owned());
            petr.switches_off(Kind::Missed);
        }),
    ];
    for (plan, codes, scene) in scenes {
        let (world, petr, jana) = shop(plan);
        scene(&world, &petr, &jana);
        assert_eq!(against(&jana, Kind::Missed), codes);
        let eva = world.visitor("Eva");
        eva.writes("Hello");
        eva.leaves();
        world.passes(mins(2));
        eva.assert_reasons(&jana, if codes.is_empty() { &[Code::Emailed] } else { codes });
    }
}

#[test]
fn p2_each_device_that_is_online_is_told_and_none_that_is_not() {
    let (world, _, jana) = shop(Plan::Standard);
    jana.connects("laptop");
    world.passes(mins(5));
    let since = world.now();
    jana.leases("iPhone", mins(60));
    jana.connects_as("tablet", Status::Away);
    let devices = |check: &Check<'_>| {
        (check.ok, check.evidence.device.clone().and_then(|device| device.name), check.evidence.since)
    };
    let told = found(&jana, Some(Kind::Offline), "offline_everywhere", devices);
    let wanted =
        [(false, Some("iPhone".to_owned()), Some(since)), (false, Some("laptop".to_owned()), Some(jana.since()))];
    assert_eq!(told, wanted);
    let online = found(&jana, Some(Kind::Missed), "online", devices);
    assert_eq!(
        online,
        [(true, Some("laptop".to_owned()), Some(jana.since()))],
        "on the one that has been there longer"
    );

    // P4: what reconnects still counts, since when it did.
    let since = jana.since();
    jana.says_bye("laptop");
    jana.leases_as("iPhone", Status::Offline, mins(0));
    jana.connects("laptop");
    world.passes(secs(30.0));
    jana.breaks("laptop");
    let told = found(&jana, Some(Kind::Offline), "offline_everywhere", devices);
    assert_eq!(told, [(false, Some("laptop".to_owned()), Some(jana.since()))]);
    assert!(jana.since() > since);

    world.passes(secs(30.0));
    let status = |check: &Check<'_>| (check.ok, status_of(check), check.evidence.since);
    let told = found(&jana, Some(Kind::Offline), "offline_everywhere", status);
    assert_eq!(told, [(true, Some(Status::Away), Some(jana.since()))], "the tablet is there, which does not count");
}

#[test]
fn p3_who_appears_offline_is_so_on_all_devices() {
    let (_, _, jana) = shop(Plan::Standard);
    jana.connects("laptop");
    jana.appears_offline(true);
    let told = found(&jana, Some(Kind::Offline), "offline_everywhere", |check| {
        (check.ok, status_of(check), check.evidence.setting.clone())
    });
    assert_eq!(told, [(true, Some(Status::Offline), Some("appear_offline".to_owned()))]);
    assert_eq!(against(&jana, Kind::Missed), [Code::WasNotOnline]);
}

#[test]
fn n7_each_colleague_who_makes_a_box_online_is_named_with_the_groups_that_they_spare() {
    let world = World::of(Plan::Pro);
    let [jana, petr, tomas, free] = ["Jana", "Petr", "Tomáš", "Free"].map(|name| world.operator(name));
    let sales = world.group("Sales", &[&jana, &petr]);
    let service = world.group("Service", &[&tomas]);
    let groups = |check: &Check<'_>| match &check.finding {
        Finding::Audience { groups, others } => (groups.clone(), others.clone()),
        _ => unreachable!("asked for by its code"),
    };
    assert_eq!(found(&jana, None, "audience", groups), [(vec![sales], vec![service])]);
    assert_eq!(found(&free, None, "audience", groups), [(vec![sales, service], vec![])]);

    let colleagues = |who: &Colleague| {
        let read = |check: &Check<'_>| match &check.finding {
            Finding::ColleaguesOffline { but } => (check.ok, check.evidence.by, but.clone()),
            _ => unreachable!("asked for by its code"),
        };
        found(who, Some(Kind::Offline), "colleagues_offline", read)
    };
    jana.connects("laptop");
    assert_eq!(colleagues(&jana), [(true, None, Vec::<GroupId>::new())], "oneself is no colleague");
    tomas.connects("desk");
    world.passes(secs(1.0));
    petr.connects("iPhone");
    let wanted = [(false, Some(tomas.id), vec![sales]), (false, Some(petr.id), vec![])];
    assert_eq!(colleagues(&jana), wanted, "who has been there longer comes first");

    // N9: on a plan without groups there are none, and each answers for everything.
    world.changes(|account| account.plan = Plan::Standard);
    assert_eq!(found(&jana, None, "audience", groups), [(vec![], vec![])]);
    assert_eq!(colleagues(&jana), [(false, Some(tomas.id), vec![]), (false, Some(petr.id), vec![])]);
}

#[test]
fn n3_n6_n7_what_is_set_is_told() {
    let (world, _, jana) = shop(Plan::Pro);
    world.changes(|account| {
        account.notifications.offline.delay = Some(mins(5));
        account.notifications.cooldown = Some(mins(7));
        account.notifications.read_cancels = ReadCancels::Everyone;
    });
    let delay = |check: &Check<'_>| (check.ok, check.evidence.delay, check.evidence.setting.clone().unwrap());
    for (kind, code, span, setting) in [
        (Some(Kind::Offline), "delay", mins(5), "notifications.offline.delay_s"),
        (Some(Kind::Missed), "delay", mins(2), "notifications.missed.delay_s"),
        (None, "pause", mins(7), "notifications.cooldown_s"),
    ] {
        assert_eq!(found(&jana, kind, code, delay), [(true, Some(span), setting.to_owned())]);
    }
    let read = found(&jana, Some(Kind::Offline), "not_handled", |check| {
        matches!(check.finding, Finding::NotHandled(ReadCancels::Everyone))
    });
    assert_eq!(read, [true]);
}

#[test]
fn w3_the_newest_email_says_whether_the_way_is_free() {
    let (world, _, jana) = shop(Plan::Standard);
    let eva = world.visitor("Eva");
    eva.writes("Hello");
    world.passes(mins(2));
    let mut letter = eva.letters().into_iter().find(|letter| letter.id.operator == jana.id).unwrap();
    let (server, reply) = (Some("mx.test".to_owned()), "452 4.2.2 mailbox full".to_owned());
    letter.attempts.push(Attempt { at: world.now(), server, reply, class: Some(Class::MailboxFull) });
    for state in LetterState::ALL {
        letter.state = state;
        let bad = [LetterState::Deferred, LetterState::Uncertain, LetterState::Failed, LetterState::Expired];
        let told = look(&jana, Some(&letter), |checks| {
            let delivery = checks.iter().find(|check| check.finding.code() == "delivery").unwrap();
            (delivery.ok, delivery.reason, delivery.evidence.at)
        });
        assert_eq!(told, (!bad.contains(&state), None, Some(letter.created_at)), "{state:?}");
    }
    assert_eq!(found(&jana, None, "delivery", |check| check.ok), [true], "nothing is known to be wrong");
}

#[test]
fn everything_that_can_be_found_has_its_code_and_its_rule() {
    let (world, _, jana) = shop(Plan::Pro);
    jana.connects("laptop");
    world.passes(Span(1));
    let codes: BTreeSet<&str> = look(&jana, None, |checks| checks.iter().map(|check| check.finding.code()).collect());
    assert_eq!(codes, Finding::CODES.into_iter().collect());
    let rules = look(&jana, None, |checks| checks.iter().map(Check::rule).collect::<BTreeSet<_>>());
    assert!(rules.iter().all(|rule| "PANDEW".contains(&rule[..1]) && rule[1..].parse::<u8>().is_ok()), "{rules:?}");

    // Of who is deactivated nothing is said of where they are and for whom they answer.
    jana.is_deactivated();
    let codes = look(&jana, None, |checks| checks.iter().map(|check| check.finding.code()).collect::<BTreeSet<_>>());
    for absent in ["offline_everywhere", "online", "colleagues_offline", "own_address", "audience"] {
        assert!(!codes.contains(absent), "{absent}");
    }
}
