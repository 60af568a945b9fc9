//! What must hold of every history of several nodes.

use std::collections::BTreeSet;
use std::rc::Rc;

use doorbell::domain::account::Kind;
use doorbell::domain::conversation::fact::Fact;
use doorbell::domain::conversation::message::Author;
use doorbell::domain::conversation::state::Whereabouts;
use doorbell::domain::ids::{DeviceId, NodeId, OperatorId};
use doorbell::domain::notice::explain::Explanation;
use doorbell::domain::presence::device::Link;
use doorbell::domain::presence::status::Status;
use doorbell::domain::time::Span;

use super::setting::{OPERATORS, operator};
use super::store::{Doc, Queued};
use super::town::Town;

/// How far a node's word for a time can be from the time: its clock lags, and a message is on its way.
const NEAR: Span = Span(100);
/// How long a socket can be broken without being noticed.
const UNNOTICED_MAX: Span = Span(46_000);

impl Town {
    /// Once everything has healed, and had its time: presence is what is so, and every node says the same.
    pub(super) fn check_who_is_there(&self) {
        self.no_ghost_and_nobody_overlooked();
        self.visitors_are_where_their_sockets_are();
        self.all_nodes_know_the_same();
    }

    /// P6.
    fn no_ghost_and_nobody_overlooked(&self) {
        let Some((roster, _)) = &self.held.presence else { return };
        for who in (0..OPERATORS).map(operator) {
            let Some(attendee) = roster.attendees.get(&who) else { continue };
            let mut best = Status::Offline;
            for (id, device) in &attendee.devices {
                let nodes = self.nodes_of(who, id);
                let stored = match &device.link {
                    Link::Plugged { nodes } => nodes.clone(),
                    Link::Unplugged => BTreeSet::new(),
                    Link::Lingering { .. } => panic!("{id} of {who} lingers still: {device:#?}"),
                };
                assert_eq!(stored, nodes, "{id} of {who} is where its sockets are: {device:#?}");
                if !nodes.is_empty() {
                    best = best.max(device.chosen);
                }
            }
            let expected = if attendee.appear_offline { Status::Offline } else { best };
            assert_eq!(attendee.status, expected, "{who}: {attendee:#?}");
        }
        let unknown =
            self.seats.iter().filter(|seat| seat.at.is_some()).find(|seat| {
                !roster.attendees.get(&seat.operator).is_some_and(|a| a.devices.contains_key(&seat.device))
            });
        assert!(unknown.is_none(), "a device with a socket is not known");
    }

    fn nodes_of(&self, who: OperatorId, device: &DeviceId) -> BTreeSet<NodeId> {
        let seats = self.seats.iter().filter(|seat| seat.operator == who && seat.device == *device);
        seats.filter_map(|seat| seat.at).map(|at| at.0).collect()
    }

    /// P7: there until the last socket ends, left with its end.
    fn visitors_are_where_their_sockets_are(&self) {
        for (id, (doc, _)) in &self.held.conversations {
            let tabs = self.tabs.iter().filter(|tab| tab.conversation == *id).filter_map(|tab| tab.at);
            let nodes: BTreeSet<NodeId> = tabs.map(|at| at.0).collect();
            // Nodes that are no more are taken out when somebody looks: they count for nothing.
            let stored = doc.visitor_on.iter().copied().filter(|node| self.runs.contains_key(node));
            let stored: BTreeSet<NodeId> = stored.collect();
            assert_eq!(stored, nodes, "the visitor of {id} is where their sockets are");
            let state = doc.present().state;
            if state.open.is_empty() {
                continue;
            }
            match state.visitor {
                Whereabouts::There => assert!(!nodes.is_empty(), "the visitor of {id} is gone"),
                Whereabouts::Gone { at, .. } => {
                    assert!(nodes.is_empty(), "the visitor of {id} is there");
                    let known = self.chronicle.left.get(id).filter(|_| self.chronicle.gaps.is_empty());
                    // What they sent before may have been written only after it: then they left with that. And a socket that
                    // broke unnoticed vouches for what a lost node held.
                    let came = |fact: &Fact| matches!(fact, Fact::VisitorCame | Fact::Wrote { .. });
                    let came = doc.facts.iter().rfind(|dated| came(&dated.fact)).map(|dated| dated.at);
                    let late = if self.chronicle.nodes_were_lost { UNNOTICED_MAX } else { NEAR };
                    let is_near =
                        known.is_none_or(|left| *left - NEAR <= at && at <= (*left).max(came.unwrap_or(*left)) + late);
                    assert!(is_near, "the visitor of {id} left at {known:?}, it is said at {at:?}");
                }
            }
        }
    }

    fn all_nodes_know_the_same(&self) {
        for (id, run) in &self.runs {
            assert!(run.node.is_at_rest(), "{id} is not at rest");
            let known = run.node.documents.as_ref().and_then(|documents| documents.token);
            assert_eq!(known, self.held.token(Doc::Presence), "{id} knows the presence");
            for (of, talk) in &run.node.talks {
                let Some(doc) = talk.doc() else { continue };
                let stored = self.held.conversations.get(of).map(|(stored, _)| Rc::clone(stored));
                assert_eq!(Some(doc), stored.as_ref(), "{id} knows {of}");
            }
        }
    }

    /// In the end.
    pub(super) fn check_the_promises(&self) {
        self.what_was_acknowledged_is_there_once();
        self.nobody_is_told_twice();
        for queued in self.held.outbox.values() {
            self.nobody_is_mailed_while_somebody_was_there(queued);
            self.what_was_handled_is_not_mailed(queued);
        }
        self.every_message_has_an_end();
    }

    fn what_was_acknowledged_is_there_once(&self) {
        for (name, (id, seq, ack)) in &self.chronicle.written {
            let said = self.held.said.get(id).map(Vec::as_slice).unwrap_or_default();
            let found: Vec<u64> = said.iter().filter(|m| m.client_id.as_ref() == Some(name)).map(|m| m.seq).collect();
            let is_lost = found.is_empty() && self.chronicle.may_be_lost(*ack);
            let is_repeated = found.len() == 1 && self.chronicle.may_be_lost(*ack);
            assert!(
                is_lost || is_repeated || found == [*seq],
                "{name}, acknowledged at {seq} ({ack:?}), is at {found:?}"
            );
        }
    }

    fn nobody_is_told_twice(&self) {
        let mut told = BTreeSet::new();
        for Queued { letter, .. } in self.held.outbox.values() {
            for seq in &letter.seqs {
                let id = letter.id;
                assert!(told.insert((id.operator, id.conversation, *seq)), "told twice of {seq}: {letter:#?}");
            }
        }
    }

    /// N12: who was online, or there, by an acknowledged act, and stayed, was no reason for a mail.
    fn nobody_is_mailed_while_somebody_was_there(&self, queued: &Queued) {
        let Queued { letter, durable_at: at } = queued;
        let within = |from, to| from < *at && *at < to;
        match letter.kind {
            Kind::Offline => {
                let there = self.chronicle.online.iter().find(|(_, from, to)| within(*from, *to));
                assert!(
                    there.is_none(),
                    "mailed at {at:?} though {there:?} was online: {letter:#?}\n{:#?}",
                    self.held.edges
                );
            }
            Kind::Missed => {
                let of = letter.id.conversation;
                let there = self.chronicle.there.iter().find(|(id, from, to)| *id == of && within(*from, *to));
                assert!(there.is_none(), "mailed at {at:?} though the visitor was there, {there:?}: {letter:#?}");
            }
        }
    }

    /// N12: a reply or a close that was acknowledged before the firing means no mail about what was there before it.
    fn what_was_handled_is_not_mailed(&self, queued: &Queued) {
        let Queued { letter, durable_at } = queued;
        let acts = self.chronicle.handled.iter().filter(|act| act.conversation == letter.id.conversation);
        for act in acts.filter(|act| act.ack.acked_at < *durable_at && !self.chronicle.may_be_lost(act.ack)) {
            let before = self.chronicle.written.values().find(|(id, seq, ack)| {
                *id == act.conversation
                    && letter.seqs.contains(seq)
                    && ack.acked_at < act.ack.asked_at
                    && !self.chronicle.may_be_lost(*ack)
            });
            assert!(before.is_none(), "{before:?} was handled by {act:?}, and mailed at {durable_at:?}: {letter:#?}");
        }
    }

    /// W1: a decision about every operator; no timer runs for ever; the record is the outbox.
    fn every_message_has_an_end(&self) {
        for (id, (doc, _)) in &self.held.conversations {
            let present = doc.present();
            assert_eq!(present.state.next_deadline(), None, "everything of {id} has run out");
            let record = self.held.record.get(id).map(Vec::as_slice).unwrap_or_default();
            let told = Explanation::of(record.iter().chain(&present.outcomes), &present.state);
            let decided: BTreeSet<_> = told.decisions.iter().filter_map(|decision| decision.letter).collect();
            let queued: BTreeSet<_> = self.held.outbox.keys().filter(|l| l.conversation == *id).copied().collect();
            assert_eq!(decided, queued, "the letters of the record of {id} are those of the outbox");
            let by_visitor = self.held.said[id].iter().filter(|m| matches!(m.author, Author::Visitor { .. }));
            for seq in by_visitor.map(|message| message.seq) {
                let about = told.decisions.iter().filter(|decision| decision.seqs.contains(&seq));
                let about: BTreeSet<_> = about.filter_map(|decision| decision.operator).collect();
                let missing = (0..OPERATORS).map(operator).find(|who| !about.contains(who));
                assert_eq!(missing, None, "nothing is said about message {seq} of {id}: {told:#?}");
            }
            for message in present.state.waiting() {
                // Everybody has gone: no condition holds that did not come to an end.
                let missed_is_over = match present.state.visitor {
                    Whereabouts::Gone { box_online, .. } => !box_online || message.settled_missed,
                    Whereabouts::There => false,
                };
                let read_for_all =
                    present.state.terms.audience.iter().all(|who| present.state.has_seen(*who, message.seq));
                let is_never_offline = present.state.box_is_online() || !message.offline;
                let offline_is_over =
                    message.settled_offline || message.seen_by_all || read_for_all || is_never_offline;
                assert!(missed_is_over && offline_is_over, "{message:#?} waits silently in {:#?}", present.state);
            }
        }
    }
}
