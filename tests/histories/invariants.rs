//! What must be true of every history, at every moment and at its end. (What must be true of each letter as it is queued
//! is asserted by the world.)

use std::collections::BTreeSet;

use doorbell::domain::account::Kind;
use doorbell::domain::conversation::state::Whereabouts;
use doorbell::domain::news::TimerState;
use doorbell::domain::notice::explain::Explanation;
use doorbell::domain::notice::letter::Letter;
use doorbell::domain::notice::reason::Code;
use doorbell::domain::presence::status::Status;
use doorbell::domain::time::{Span, Timestamp};

use crate::history::Stage;
use crate::world::{Tab, Visitor};

const COOLDOWN: Span = Span(600_000);
const DELAY: Span = Span(120_000);

/// At every moment.
pub(crate) fn check(stage: &Stage) {
    for (place, visitor) in stage.visitors.iter().enumerate() {
        if stage.world.see().guests[&visitor.id].doc.is_none() {
            continue;
        }
        let letters = visitor.letters();
        the_record_agrees_with_the_outbox(visitor, &letters);
        nobody_is_mailed_twice_for_the_same(&letters);
        mails_keep_their_distance(stage, place, &letters);
        no_mail_is_early(visitor, &letters);
        the_box_was_offline_all_the_time(stage, place, &letters);
        it_knows_who_is_there(visitor);
        the_deadline_is_ahead(visitor);
    }
}

/// After everything ran out.
pub(crate) fn check_the_end(stage: &Stage) {
    for (place, visitor) in stage.visitors.iter().enumerate() {
        let written = &stage.written.borrow()[place];
        if written.is_empty() {
            continue;
        }
        nobody_forgot_to_look(visitor);
        every_message_is_accounted_for(stage, visitor, written);
        nothing_waits_without_an_end(visitor);
    }
}

fn the_record_agrees_with_the_outbox(visitor: &Visitor, letters: &[Letter]) {
    let told = visitor.told();
    for decision in &told.decisions {
        assert!(!decision.reasons.is_empty(), "a decision has reasons: {decision:#?}");
        assert!(decision.reasons.is_sorted_by_key(|r| r.code), "in the order of rule W2");
        let emailed = decision.reasons.iter().any(|r| r.code == Code::Emailed);
        assert_eq!(emailed, decision.letter.is_some(), "emailed means a letter: {decision:#?}");
        assert!(!emailed || decision.reasons.len() == 1, "nothing is said against who was mailed: {decision:#?}");
        if let Some(letter) = letters.iter().find(|l| Some(l.id) == decision.letter) {
            assert_eq!((letter.kind, &letter.seqs), (decision.kind, &decision.seqs));
            assert_eq!(Some(letter.id.operator), decision.operator);
        }
    }
    let decided: BTreeSet<_> = told.decisions.iter().filter_map(|d| d.letter).collect();
    let queued: BTreeSet<_> = letters.iter().map(|l| l.id).collect();
    assert_eq!(decided, queued, "the letters of the record are those of the outbox");
    let running: Vec<_> = told.timers.iter().filter(|t| t.state == TimerState::Running).map(|t| t.kind).collect();
    let state = visitor.state();
    let holding: Vec<_> = Kind::ALL.into_iter().filter(|kind| state.timer(*kind).is_some()).collect();
    let sorted: BTreeSet<_> = running.iter().copied().collect();
    assert_eq!((sorted.len(), sorted), (running.len(), holding.into_iter().collect()), "{told:#?}");
}

fn nobody_is_mailed_twice_for_the_same(letters: &[Letter]) {
    let mut mailed = BTreeSet::new();
    for letter in letters {
        for seq in &letter.seqs {
            assert!(mailed.insert((letter.id.operator, *seq)), "mailed twice about {seq}: {letters:#?}");
        }
    }
}

/// N6.
fn mails_keep_their_distance(stage: &Stage, place: usize, letters: &[Letter]) {
    for pair in letters.windows(2).filter(|pair| pair[0].id.episode != pair[1].id.episode) {
        let (from, to) = (pair[0].created_at, pair[1].created_at);
        let ended = stage.pause_ended.borrow()[place].iter().any(|at| (from..=to).contains(at));
        assert!(ended || to - from >= COOLDOWN, "too early after the last: {pair:#?}");
    }
}

/// N3, N8.
fn no_mail_is_early(visitor: &Visitor, letters: &[Letter]) {
    for letter in letters {
        let held = letter.created_at - letter.started_at;
        let in_a_row = || {
            let timers = visitor.timers(Kind::Offline);
            timers.iter().any(|t| t.state == TimerState::Cancelled && letter.created_at - t.started_at >= COOLDOWN)
        };
        assert!(held >= DELAY || (letter.kind == Kind::Offline && in_a_row()), "early: {letter:#?}");
    }
}

/// N3, told by the log of presence: nobody of the audience was online while an offline timer ran. (Where the audience was
/// the same all the time.)
fn the_box_was_offline_all_the_time(stage: &Stage, place: usize, letters: &[Letter]) {
    let inner = stage.world.see();
    let same_since = inner.account.changed_at.max(stage.regrouped.borrow()[place]);
    let audience = inner.account.audience(stage.visitors[place].doc().group);
    let ran = letters.iter().filter(|l| l.kind == Kind::Offline && l.started_at > same_since);
    for letter in ran {
        for operator in &audience {
            let mut edges: Vec<_> = inner.edges.iter().filter(|e| e.operator == *operator).collect();
            edges.sort_by_key(|e| e.at);
            let ends = edges.iter().skip(1).map(|e| e.at).chain([Timestamp::NEVER]);
            let online = edges.iter().zip(ends).filter(|(e, _)| e.status == Status::Online);
            let overlap = online
                .map(|(e, end)| (e.at, end))
                .find(|(from, to)| *from < letter.created_at && *to > letter.started_at && from < to);
            assert_eq!(overlap, None, "somebody was online while the timer ran: {letter:#?}");
        }
    }
}

/// What a conversation that matters believes of presence is so.
fn it_knows_who_is_there(visitor: &Visitor) {
    let (state, inner) = (visitor.state(), visitor.world.see());
    if state.is_attentive() {
        for operator in &state.terms.audience {
            assert_eq!(state.is_online(*operator), inner.roster.status(*operator) == Status::Online, "{operator}");
        }
    }
    let there = state.visitor == Whereabouts::There;
    match inner.guests[&visitor.id].tab {
        _ if state.open.is_empty() => {}
        Tab::Open => assert!(there, "the visitor is there"),
        Tab::Closed => assert!(!there, "the visitor is gone"),
        Tab::Lingering { .. } => {}
    }
}

fn the_deadline_is_ahead(visitor: &Visitor) {
    let now = visitor.world.now();
    let deadline = visitor.state().next_deadline();
    let quiet = visitor.world.see().is_quiet();
    assert!(quiet || deadline.is_none_or(|(_, at)| at > now), "overdue: {deadline:?} at {now:?}");
}

/// Whatever mattered to a conversation made it look at once: to look now makes no difference.
fn nobody_forgot_to_look(visitor: &Visitor) {
    let before = visitor.told();
    visitor.is_looked_at();
    assert_eq!(visitor.told(), before, "a look makes no difference");
}

/// W1: of every message there is a decision about every operator.
fn every_message_is_accounted_for(stage: &Stage, visitor: &Visitor, written: &[u64]) {
    let told = visitor.told();
    for seq in written {
        let about: BTreeSet<_> =
            told.decisions.iter().filter(|d| d.seqs.contains(seq)).filter_map(|d| d.operator).collect();
        for operator in &stage.operators {
            assert!(about.contains(&operator.id), "nothing is said about message {seq} to {operator:?}: {told:#?}");
        }
    }
}

/// What still waits is settled with its reasons, or a live message whose visitor is served by presence: nothing ends
/// silently.
fn nothing_waits_without_an_end(visitor: &Visitor) {
    let state = visitor.state();
    assert_eq!(state.next_deadline(), None, "a day later everything has run out");
    for message in state.waiting() {
        let settled = message.settled_offline || message.settled_missed || message.seen_by_all;
        let nobody_active = state.terms.audience.is_empty();
        let read_for_all = state.terms.audience.iter().any(|id| state.has_seen_all_waiting(*id));
        let ends_later = match state.visitor {
            Whereabouts::There => state.box_is_online(),
            Whereabouts::Gone { box_online: true, .. } => false,
            // An offline message of a closed desk that has opened since; or one that waits anew after its visitor left.
            Whereabouts::Gone { .. } => state.box_is_online() || !message.offline,
        };
        assert!(settled || nobody_active || read_for_all || ends_later, "{message:#?} waits silently in {state:#?}");
    }
}

/// Two ways in which a history was played came to the same.
pub(crate) fn assert_alike(one: &Stage, other: &Stage) {
    for (a, b) in one.visitors.iter().zip(&other.visitors) {
        let letters = |v: &Visitor| v.letters().into_iter().map(|l| (l.id, l.created_at, l.seqs)).collect::<Vec<_>>();
        assert_eq!(letters(a), letters(b), "the same letters");
        let (told_a, told_b) = (told_but_devices(a), told_but_devices(b));
        assert_eq!(told_a.decisions, told_b.decisions, "the same decisions");
        assert_eq!(told_a.timers, told_b.timers, "the same timers");
        if one.world.see().guests[&a.id].doc.is_some() {
            assert_eq!(standing(a), standing(b), "the same state");
        }
    }
}

/// What is told, without the devices: of several that were there at once, another may stand for their operator.
fn told_but_devices(visitor: &Visitor) -> Explanation {
    let mut told = visitor.told();
    let of_timers = told.timers.iter_mut().filter_map(|t| t.reason.as_mut());
    let of_people = told.decisions.iter_mut().flat_map(|d| &mut d.reasons);
    of_timers.chain(of_people).for_each(|reason| reason.evidence.device = None);
    told
}

/// The state, without what it knows of presence: that is as old as the last look.
fn standing(visitor: &Visitor) -> impl PartialEq + std::fmt::Debug {
    let state = visitor.state();
    let timers = (state.offline, state.missed, state.flapping_since);
    (state.desk, state.visitor, state.open, state.seen, timers, state.pause, state.handled, state.episodes)
}
