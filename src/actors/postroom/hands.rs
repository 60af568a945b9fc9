//! What is in hand: what has its turn at the relay, and what has had it and only has to be written down yet. A turn is as good
//! as a connection, so it is not kept while the disk is waited for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use actix::{Addr, Message};

use super::{Job, Postroom};
use crate::domain::ids::AccountId;

/// For each turn, one more may wait to be written down: a store that is slow to take answers is not buried under them.
const HANDS_PER_TURN: usize = 2;

/// A turn at the relay. It is over at the latest when what it was for is put down.
pub(super) struct Turn {
    lasts: Arc<AtomicBool>,
    room: Addr<Postroom>,
}

/// Somebody's turn is over.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub(super) struct TurnOver;

impl Turn {
    /// Another one may have it.
    pub(super) fn end(&self) {
        if self.lasts.swap(false, Ordering::Relaxed) {
            self.room.do_send(TurnOver);
        }
    }

    pub(super) fn is_over(&self) -> bool {
        !self.lasts.load(Ordering::Relaxed)
    }
}

/// One thing in hand.
struct Hand {
    account: AccountId,
    has_turn: Arc<AtomicBool>,
}

impl Hand {
    fn has_turn(&self) -> bool {
        self.has_turn.load(Ordering::Relaxed)
    }
}

/// All that is in hand.
pub(super) struct Hands {
    turns_max: usize,
    turns_max_per_account: usize,
    held: BTreeMap<Job, Hand>,
    /// What was put down since the last look began. The look may have seen it as it was before.
    put_down: BTreeSet<Job>,
}

impl Hands {
    pub(super) fn new(turns_max: usize, turns_max_per_account: usize) -> Self {
        Self { turns_max, turns_max_per_account, held: BTreeMap::new(), put_down: BTreeSet::new() }
    }

    /// How much has its turn.
    pub(super) fn turns(&self) -> usize {
        self.held.values().filter(|hand| hand.has_turn()).count()
    }

    /// Whether there is a turn to be had while `knocking` more are taken.
    pub(super) fn has_room(&self, knocking: usize) -> bool {
        self.turns() + knocking < self.turns_max && self.held.len() < HANDS_PER_TURN * self.turns_max
    }

    pub(super) fn len(&self) -> usize {
        self.held.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// The accounts that have all the turns that one account may have.
    pub(super) fn full_accounts(&self) -> BTreeSet<AccountId> {
        let mut turns: BTreeMap<AccountId, usize> = BTreeMap::new();
        for hand in self.held.values().filter(|hand| hand.has_turn()) {
            *turns.entry(hand.account).or_default() += 1;
        }
        turns.retain(|_, turns| *turns >= self.turns_max_per_account);
        turns.into_keys().collect()
    }

    /// Takes something in hand, and gives it a turn.
    pub(super) fn take(&mut self, job: Job, account: AccountId, room: Addr<Postroom>) -> Turn {
        let lasts = Arc::new(AtomicBool::new(true));
        self.held.insert(job, Hand { account, has_turn: Arc::clone(&lasts) });
        Turn { lasts, room }
    }

    /// It is done with; whether it had its turn until now.
    pub(super) fn put_down(&mut self, job: Job) -> bool {
        self.put_down.insert(job);
        self.held.remove(&job).is_some_and(|hand| hand.has_turn())
    }

    /// A look for what is due begins.
    pub(super) fn on_look(&mut self) {
        self.put_down.clear();
    }

    /// Whether what a look has found is not, or may not be, to be taken any more.
    pub(super) fn had(&self, job: &Job) -> bool {
        self.held.contains_key(job) || self.put_down.contains(job)
    }
}
