//! The auditor finds what it is there for: a small world in which all is well, and every way in which it is not.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::truth::Truth;
use super::witness::Witness;
use super::{letters, messages, presence};
use crate::client::{Event, Role};
use crate::cluster::{Colleague, Company};
use crate::house::Moment;
use crate::view::View;

const NOON_MS: i64 = 1_800_000_000_000;

/// So many milliseconds after noon.
fn at(ms: u64) -> Moment {
    Moment { mono: Instant::now() + Duration::from_millis(ms), wall_ms: NOON_MS + i64::try_from(ms).unwrap() }
}

fn told(ms: i64) -> Value {
    json!(jiff::Timestamp::from_millisecond(NOON_MS + ms).unwrap().to_string())
}

fn message(seq: u64, text: &str) -> Value {
    json!({ "type": "message", "conversation": "c", "seq": seq, "text": text })
}

fn witness(name: &str, role: Role) -> Witness {
    let is_operator = matches!(role, Role::Operator { .. });
    Witness {
        name: name.to_owned(),
        role,
        is_there: true,
        wish: "online".to_owned(),
        view: View::new(is_operator),
        journal: Vec::new(),
    }
}

/// A visitor who wrote two messages; both are acknowledged and told.
fn eva() -> Witness {
    let mut eva = witness("eva", Role::Visitor { key: "k".to_owned() });
    eva.view.on_welcome(&json!({ "chat": { "status": "online" }, "conversation": null }));
    for seq in [1, 2] {
        let asked = message(seq, &format!("word{seq}end"));
        eva.view.on_frame(&asked);
        eva.journal.push((at(seq * 100), Event::Asked(asked.clone())));
        let answer = json!({ "type": "ack", "conversation": "c", "seq": seq, "at": told(0) });
        eva.journal.push((at(seq * 100 + 10), Event::Answered { asked, answer }));
    }
    eva
}

/// An operator whose laptop has been online since the second second after noon.
fn jana() -> Witness {
    let role = Role::Operator { id: "jana".to_owned(), token: "t".to_owned(), device: "laptop".to_owned() };
    let mut jana = witness("jana", role);
    let welcome = json!({
        "chat": [{ "group": null, "status": "online" }], "counts": { "unserved": 1 },
        "operators": [{ "id": "jana", "status": "online" }], "conversations": [conversation()],
    });
    jana.view.on_welcome(&welcome);
    for seq in [1, 2] {
        jana.view.on_frame(&message(seq, &format!("word{seq}end")));
    }
    jana.journal.push((at(2_000), Event::Welcomed { node: 0, hello: json!({ "state": "online" }) }));
    jana
}

fn conversation() -> Value {
    json!({ "id": "c", "status": "unserved", "operators": [], "unread": 2, "visitor": { "online": true } })
}

fn email(state: &str, attempts: usize) -> Value {
    json!({
        "id": "e", "conversation": "c", "operator": "jana", "kind": "offline", "state": state, "message_id": "<m@d>",
        "created_at": told(1_500), "attempts": vec![json!({}); attempts],
    })
}

fn truth() -> Truth {
    let said = |seq: u64| (seq, ("visitor".to_owned(), format!("word{seq}end")));
    let decision = json!({ "operator": "jana", "kind": "offline", "code": "emailed", "seqs": [1, 2], "email": "e" });
    Truth {
        conversations: [("c".to_owned(), conversation())].into(),
        messages: [("c".to_owned(), [said(1), said(2)].into())].into(),
        explanations: [("c".to_owned(), json!({ "timers": [], "decisions": [decision] }))].into(),
        emails: vec![email("sent", 1)],
        chat: "online".to_owned(),
        people: [("jana".to_owned(), ("online".to_owned(), String::new()))].into(),
        devices: [].into(),
        counts: [("jana".to_owned(), json!({ "unserved": 1 }))].into(),
    }
}

fn company() -> Company {
    let jana = Colleague { id: "jana".to_owned(), email: "jana@shop.test".to_owned(), token: "t".to_owned() };
    Company { key: "k".to_owned(), operators: vec![jana] }
}

fn letter(id: &str, words: &str) -> letters::Arrived {
    let (to, message_id) = ("jana@shop.test".to_owned(), id.to_owned());
    letters::Arrived { to, message_id, words: words.to_owned(), raw: words.as_bytes().to_vec() }
}

fn kept(truth: &Truth) -> Vec<String> {
    messages::kept(truth, &[eva(), jana()], |_| false)
}

/// What is found has to do with it.
fn assert_finds(found: &[String], what: &str) {
    assert!(found.iter().any(|finding| finding.contains(what)), "{what}: {found:#?}");
}

#[test]
fn where_all_is_well_nothing_is_found() {
    let (truth, all) = (truth(), [eva(), jana()]);
    let none = Vec::<String>::new();
    assert_eq!(kept(&truth), none);
    assert_eq!(messages::told_alike(&all), none);
    assert_eq!(messages::views(&truth, &all), none);
    assert_eq!(letters::once(&truth, &[letter("m@d", "word1end, word2end")], false), none);
    assert_eq!(letters::uncancelled(&truth, &all, 0, &[]), none);
    assert_eq!(letters::ends(&truth, &company()), none);
    assert_eq!(messages::summaries(&truth), none);
    assert_eq!(presence::ghosts(&truth, &all), none);
    assert_eq!(presence::flickers(&all, 1_000, 1_000), none);
    assert_eq!(presence::closed_boxes(&all), none);
    assert_eq!(truth.pending(), None);
    assert_eq!(truth.differences(&truth), none);
}

#[test]
fn a_message_that_is_lost_moved_doubled_or_leaves_a_gap_is_found() {
    let mut lost = truth();
    lost.messages.get_mut("c").unwrap().remove(&2);
    assert_finds(&kept(&lost), "acknowledged as 2, there at []");
    let mut moved = truth();
    let said = moved.messages.get_mut("c").unwrap().remove(&2).unwrap();
    moved.messages.get_mut("c").unwrap().insert(3, said.clone());
    assert_finds(&kept(&moved), "message 3 stands where 2 should");
    moved.messages.get_mut("c").unwrap().insert(2, said);
    assert_finds(&kept(&moved), "word2end is there [2, 3]");
    let given_up = messages::kept(&lost, &[eva()], |said| said.seq == 2);
    assert_eq!(given_up, Vec::<String>::new(), "what the scenario gave up is no finding");
}

#[test]
fn a_client_that_was_told_otherwise_or_knows_too_little_is_found() {
    let mut twice = eva();
    twice.view.on_frame(&message(1, "word1end"));
    assert_eq!(twice.view.told_again, 1);
    twice.view.on_frame(&message(1, "word7end"));
    assert_finds(&messages::told_alike(&[twice]), "message 1 was \"word1end\", now \"word7end\"");
    let mut unaware = truth();
    unaware.messages.get_mut("c").unwrap().insert(3, ("operator".to_owned(), "word3end".to_owned()));
    assert_eq!(messages::views(&unaware, &[eva(), jana()]).len(), 2, "neither knows of the third");
    let mut stale = jana();
    stale.view.on_frame(&json!({ "type": "chat", "group": null, "status": "online", "stale": true }));
    stale.view.on_frame(&json!({ "type": "counts", "unserved": 7 }));
    stale.view.on_frame(&json!({ "type": "presence", "operator": "jana", "status": "away" }));
    let found = messages::views(&truth(), &[stale]);
    ["stale: true", "it counts", "it takes jana for"].iter().for_each(|what| assert_finds(&found, what));
}

#[test]
fn a_letter_too_many_is_found() {
    let once = |arrived: &[letters::Arrived]| letters::once(&truth(), arrived, false);
    let good = letter("m@d", "word1end");
    assert_finds(&once(&[]), "0 copies");
    assert_finds(&once(&[good.clone(), good.clone()]), "2 copies");
    assert_finds(&once(&[good.clone(), letter("other@d", "word9end")]), "a letter that nobody decided");
    assert_finds(&once(&[good.clone(), letter("other@d", "word1end")]), "was told \"word1end\" in");
    let mut repeated = truth();
    repeated.emails = vec![email("sent", 2)];
    assert_eq!(
        letters::once(&repeated, &[good.clone(), good.clone()], false),
        Vec::<String>::new(),
        "rule E4 allows one"
    );
    assert_finds(&letters::once(&repeated, &[good.clone(), letter("m@d", "word2end")], false), "alike: false");
    let mut second = email("sent", 1);
    second["message_id"] = json!("<n@d>");
    repeated.emails = vec![email("sent", 1), second];
    assert_finds(&letters::once(&repeated, &[good, letter("n@d", "")], false), "mailed twice about message 1");
}

#[test]
fn a_letter_after_an_acknowledged_cancel_is_found() {
    let mut late = truth();
    late.emails[0]["created_at"] = told(2_001);
    assert_finds(&letters::uncancelled(&late, &[jana()], 0, &[]), "had been told to be online for 1 ms");
    let mut gone = jana();
    gone.journal.push((at(9_000), Event::Ended { code: None, alive: at(2_500) }));
    assert_eq!(
        letters::uncancelled(&late, &[gone], 1_000, &[]),
        Vec::<String>::new(),
        "it may have been silent already"
    );
    let cut_off = |until_ms: i64| letters::uncancelled(&late, &[jana()], 0, &[(0, NOON_MS, NOON_MS + until_ms)]);
    assert_eq!(cut_off(3_000), Vec::<String>::new(), "others could not know");
    assert_finds(&cut_off(2_000), "had been told to be online for");
    let mut away = jana();
    away.journal.insert(0, (at(1_900), Event::Asked(json!({ "type": "presence", "state": "away" }))));
    assert_eq!(letters::uncancelled(&late, &[away], 0, &[]), Vec::<String>::new(), "its greeting was older than that");
    let mut replied = jana();
    replied.journal.clear();
    let (asked, answer) = (message(0, "word3end"), json!({ "type": "ack", "seq": 3 }));
    replied.journal.push((at(1_000), Event::Answered { asked, answer }));
    assert_finds(&letters::uncancelled(&truth(), &[replied], 0, &[]), "had been acknowledged 500 ms before");
}

#[test]
fn a_message_without_an_end_and_what_is_pending_is_found() {
    let mut silent = truth();
    silent.explanations.insert("c".to_owned(), json!({ "timers": [{ "state": "running" }], "decisions": [] }));
    assert_finds(&letters::ends(&silent, &company()), "nothing is said about message 1");
    assert!(silent.pending().unwrap().contains("a timer runs"));
    let mut queued = truth();
    queued.emails = vec![email("queued", 0)];
    assert!(queued.pending().unwrap().contains("on its way"));
    assert_finds(&truth().differences(&queued), "emails");
    queued.conversations.get_mut("c").unwrap()["email"] = json!({ "state": "sent" });
    assert_finds(&messages::summaries(&queued), "tells its letter as \"sent\"");
}

#[test]
fn ghosts_and_flickers_are_found() {
    let mut left = jana();
    left.is_there = false;
    assert_finds(&presence::ghosts(&truth(), &[left]), "jana is online");
    let mut gone = truth();
    gone.people.get_mut("jana").unwrap().0 = "offline".to_owned();
    gone.conversations.get_mut("c").unwrap()["visitor"]["online"] = json!(false);
    let found = presence::ghosts(&gone, &[eva(), jana()]);
    assert_finds(&found, "has a device that is online: true");
    assert_finds(&found, "eva is there: true");
    let offline = json!({ "type": "presence", "operator": "jana", "status": "offline" });
    let mut watcher = eva();
    watcher.journal.push((at(5_000), Event::Told(offline)));
    let flickers = |back_ms: u64| {
        let mut jana = jana();
        jana.journal.push((at(4_000), Event::Ended { code: None, alive: at(4_000) }));
        jana.journal.push((at(back_ms), Event::Welcomed { node: 0, hello: json!({ "state": "online" }) }));
        presence::flickers(&[jana, watcher.clone()], 1_000, 1_000)
    };
    assert_finds(&flickers(4_500), "was told that jana is offline");
    assert_eq!(flickers(6_000), Vec::<String>::new(), "who stays away for long is told as gone");
    let mut shown = eva();
    shown.journal.push((at(1), Event::Told(json!({ "type": "chat", "status": "offline" }))));
    assert_finds(&presence::closed_boxes(&[shown]), "was told of a closed box");
}
