//! A conversation that is worked with: its document, and beside it the present state, which is kept up with every fact instead
//! of being worked out of all of them again.

use std::ops::Deref;
use std::sync::Arc;

use super::fact::Fact;
use super::outcome::Outcome;
use super::state::State;
use super::step::Step;
use super::thread::{Conversation, Present};
use crate::domain::persistent::{List, Value};
use crate::domain::time::Timestamp;

/// The present of a document, as [`Conversation::present`] would work it out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The state.
    pub state: Value<State>,
    /// The outcomes since the settled state.
    pub outcomes: List<Arc<Outcome>>,
}

impl From<Present> for Kept {
    fn from(present: Present) -> Self {
        Self { state: present.state.into(), outcomes: present.outcomes.into_iter().map(Arc::new).collect() }
    }
}

impl Kept {
    /// Adds facts to the document: each that comes last is one step; if one was found late it is put where it belongs, and
    /// everything is worked out again.
    pub(super) fn add(&mut self, doc: &mut Conversation, facts: impl IntoIterator<Item = (Timestamp, Fact)>) {
        let (mut is_late, mut outcomes) = (false, Vec::new());
        for (at, fact) in facts {
            is_late |= doc.add(at, fact) > 0;
            if let Some(last) = doc.facts.last().filter(|_| !is_late) {
                self.state.step(last.at, &last.fact, &mut outcomes);
            }
        }
        if is_late {
            *self = doc.present().into();
        } else {
            self.outcomes.extend(outcomes.into_iter().map(Arc::new));
        }
    }

    /// Settles what is older than `horizon`, as [`Conversation::settle`] does.
    pub(super) fn settle(&mut self, doc: &mut Conversation, horizon: Timestamp) -> Vec<(u64, Outcome)> {
        let record = doc.settle(horizon);
        self.outcomes.cut(record.len());
        record
    }
}

/// A document, with its present.
#[derive(Clone, Debug)]
pub struct Live {
    doc: Conversation,
    present: Kept,
}

impl Deref for Live {
    type Target = Conversation;

    fn deref(&self) -> &Conversation {
        &self.doc
    }
}

impl From<Conversation> for Live {
    fn from(doc: Conversation) -> Self {
        let present = doc.present().into();
        Self { doc, present }
    }
}

impl From<&Step> for Live {
    fn from(step: &Step) -> Self {
        Self { doc: step.after.clone(), present: step.present.clone() }
    }
}

/// An outcome, and its place in the record.
pub type Placed<'a> = (u64, &'a Outcome);

/// How the outcomes of a conversation have changed.
pub struct Changes<'a> {
    /// Those that turned out otherwise before they were settled.
    pub over: Vec<Placed<'a>>,
    /// Those that are new.
    pub new: Vec<Placed<'a>>,
}

impl Live {
    /// The present.
    pub fn present(&self) -> &Kept {
        &self.present
    }

    /// The present state.
    pub fn state(&self) -> &State {
        &self.present.state
    }

    /// Whether single changes of presence matter to it: as [`Conversation::needs_edges`].
    pub fn needs_edges(&self) -> bool {
        !self.state().open.is_empty()
    }

    /// Whether its visitor's widget shows the box of its audience: as [`Conversation::is_open`].
    pub fn is_open(&self) -> bool {
        self.doc.is_open_in(self.state())
    }

    /// What has changed of its outcomes since it was `before`, if `record` was settled in between.
    pub fn outcomes_since<'a>(&'a self, before: &'a Self, record: &'a [(u64, Outcome)]) -> Changes<'a> {
        let settled = record.iter().map(|(_, outcome)| outcome);
        let known = before.present.outcomes.iter();
        let same = known.zip(settled).take_while(|(was, is)| ***was == **is).count();
        let same = if same == record.len() {
            same + self.present.outcomes.common_len(&before.present.outcomes, same)
        } else {
            same
        };
        let placed = |outcomes: &'a List<Arc<Outcome>>, first: u64| (first..).zip(outcomes.iter().map(|o| &**o));
        let is = record.iter().map(|(position, outcome)| (*position, outcome));
        let is = is.chain(placed(&self.present.outcomes, self.doc.entries + 1));
        Changes {
            over: placed(&before.present.outcomes, before.doc.entries + 1).skip(same).collect(),
            new: is.skip(same).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::account::ReadCancels;
    use crate::domain::conversation::fact::Terms;
    use crate::domain::ids::{AccountId, OperatorId, VisitorId};
    use crate::domain::time::Span;

    fn operator(n: u8) -> OperatorId {
        OperatorId(uuid::Uuid::from_u128(u128::from(n)))
    }

    fn document() -> Conversation {
        let terms = Terms {
            audience: vec![operator(0), operator(1)],
            others: Vec::new(),
            offline_delay: Span(40),
            missed_delay: Span(40),
            flap_cap: Span(200),
            read_cancels: ReadCancels::Reader,
        };
        let nobody = uuid::Uuid::nil();
        Conversation::new(AccountId(nobody), VisitorId(nobody), None, terms, Timestamp(0))
    }

    fn facts() -> impl Strategy<Value = Fact> {
        let by = || (0..2_u8).prop_map(operator);
        prop_oneof![
            4 => Just(Fact::Wrote { seq: 0 }),
            1 => by().prop_map(|by| Fact::Online { by, device: None, since: Timestamp(0) }),
            1 => by().prop_map(|by| Fact::NotOnline { by }),
            1 => Just(Fact::VisitorCame),
            1 => Just(Fact::VisitorLeft),
            1 => by().prop_map(|by| Fact::Joined { by }),
            1 => by().prop_map(|by| Fact::Left { by }),
            1 => by().prop_map(|by| Fact::Seen { by, seq: 3 }),
            1 => by().prop_map(|by| Fact::Closed { by }),
        ]
    }

    /// A fact, how long ago it was, how long after the one before it was heard of, and what is settled then.
    type Heard = (Fact, i64, i64, Option<i64>);

    fn heard() -> impl Strategy<Value = Vec<Heard>> {
        let late = prop_oneof![3 => Just(0), 1 => 0..60_i64];
        let settles = proptest::option::weighted(0.3, 60..120_i64);
        proptest::collection::vec((facts(), late, 0..20_i64, settles), 1..120)
    }

    proptest! {
        #[test]
        fn what_is_kept_is_what_would_be_worked_out(history in heard()) {
            let mut live = Live::from(document());
            let (mut now, mut seq) = (Timestamp(1_000), 0);
            for (mut fact, late, after, settles) in history {
                let before = live.clone();
                now = now + Span(after);
                if let Fact::Wrote { seq: place } = &mut fact {
                    seq += 1;
                    *place = seq;
                }
                live.present.add(&mut live.doc, [(now - Span(late), fact)]);
                let horizon = settles.map(|ago| now - Span(ago));
                let record = horizon.map_or(Vec::new(), |horizon| live.present.settle(&mut live.doc, horizon));
                prop_assert_eq!(&live.present, &live.doc.present().into());

                // What changed of the outcomes makes those of before what they are now.
                let placed = |live: &Live| -> Vec<(u64, Outcome)> {
                    (live.entries + 1..).zip(live.present.outcomes.iter().map(|o| Outcome::clone(o))).collect()
                };
                let changes = live.outcomes_since(&before, &record);
                let mut outcomes = placed(&before);
                outcomes.retain(|(place, was)| !changes.over.contains(&(*place, was)));
                outcomes.extend(changes.new.iter().map(|(place, is)| (*place, Outcome::clone(is))));
                let mut are = record.clone();
                are.extend(placed(&live));
                prop_assert_eq!(outcomes, are);
            }
        }
    }

    #[test]
    fn what_only_grew_is_told_as_what_is_new() {
        let mut live = Live::from(document());
        let online = Fact::Online { by: operator(0), device: None, since: Timestamp(5) };
        live.present.add(&mut live.doc, [(Timestamp(5), online)]);
        for seq in 1..100 {
            let before = live.clone();
            live.present.add(&mut live.doc, [(Timestamp(10), Fact::Wrote { seq })]);
            let changes = live.outcomes_since(&before, &[]);
            assert_eq!(changes.over, []);
            assert_eq!(
                changes.new.iter().map(|(place, outcome)| (*place, &*outcome.seqs)).collect::<Vec<_>>(),
                [(seq, &[seq][..])]
            );
        }
    }
}
