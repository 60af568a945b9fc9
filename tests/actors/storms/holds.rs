//! What must hold, whatever a storm did.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use doorbell::domain::account::Kind;
use doorbell::domain::ids::OperatorId;
use doorbell::office::decisions;
use doorbell::ports::journal::Store;

use super::{Storm, Visit, brief};
use crate::house::Guest;

impl Storm {
    pub(super) async fn check(&mut self) {
        self.what_was_acknowledged_is_there().await;
        self.nobody_was_mailed_while_somebody_was_there().await;
        for place in self.written.values().map(|(place, _)| *place).collect::<BTreeSet<_>>() {
            let guest = self.guests[place].guest;
            self.the_record_is_the_outbox(&guest).await;
        }
        self.the_lists_of_decisions_are_the_explanations().await;
    }

    /// What each node says is what is stored.
    pub(super) async fn all_nodes_say_the_same(&mut self) {
        for node in (0..self.house.size()).filter(|node| self.house.lives(*node)).collect::<Vec<_>>() {
            self.house.go_to(node);
            let told = self.house.presence().await;
            let stored = self.house.roster().await;
            for operator in told.operators {
                assert_eq!(operator.status, stored.status(operator.id), "node {node}: memory is what is stored");
            }
            let online = stored.boxes.iter().any(|state| state.group.is_none() && state.online);
            assert_eq!(told.chat[0].online, online, "node {node}");
        }
    }

    async fn what_was_acknowledged_is_there(&self) {
        for place in 0..self.guests.len() {
            let messages = self.house.messages(self.guests[place].guest.conversation()).await;
            let seqs: Vec<u64> = messages.iter().map(|(seq, _)| *seq).collect();
            assert_eq!(seqs, (1..=seqs.len() as u64).collect::<Vec<_>>(), "places without gaps");
            for (name, (_, seq)) in self.written.iter().filter(|(_, (other, _))| *other == place) {
                let found: Vec<u64> =
                    messages.iter().filter(|(_, m)| m.client_id.as_ref() == Some(name)).map(|(seq, _)| *seq).collect();
                assert_eq!(found, [*seq], "{name} is there once");
            }
        }
    }

    async fn nobody_was_mailed_while_somebody_was_there(&self) {
        let mut told: BTreeSet<(OperatorId, String, u64)> = BTreeSet::new();
        for letter in self.house.letters().await {
            for seq in &letter.seqs {
                let once = told.insert((letter.id.operator, letter.id.conversation.to_string(), *seq));
                assert!(once, "{} was mailed about message {seq} twice", letter.id.operator);
            }
            let at = letter.created_at;
            let there = self.online.iter().find(|(from, to)| *from < at && at < *to);
            assert!(letter.kind == Kind::Missed || there.is_none(), "mailed at {at:?}, somebody was there {there:?}");
        }
    }

    async fn the_record_is_the_outbox(&self, guest: &Guest) {
        let explanation = self.house.explain(guest).await;
        let told: BTreeSet<_> = explanation.decisions.iter().filter_map(|d| d.letter).collect();
        let letters = self.house.letters().await;
        let queued = letters.iter().map(|l| l.id).filter(|id| id.conversation == guest.conversation()).collect();
        assert_eq!(told, queued, "the record tells of the letters that there are");
    }

    /// Page by page, newest first: what the operators are told over all conversations is what those tell of them.
    async fn the_lists_of_decisions_are_the_explanations(&self) {
        let mut explained = BTreeMap::from([(self.house.anna, Vec::new()), (self.house.bob, Vec::new())]);
        for Visit { guest, .. } in &self.guests {
            if self.house.document(guest.conversation()).await.is_none() {
                continue;
            }
            for decision in self.house.explain(guest).await.decisions {
                let about = decision.operator.and_then(|operator| explained.get_mut(&operator));
                about.into_iter().for_each(|told| told.push((guest.conversation(), brief(&decision))));
            }
        }
        let store: Arc<dyn Store> = self.house.memory.clone();
        for (operator, mut explained) in explained {
            let (mut listed, mut after) = (Vec::new(), None);
            loop {
                let page = decisions::page(&store, self.house.account, operator, after, 7).await.unwrap();
                listed.extend(page.0.iter().map(|told| (told.conversation, brief(&told.decision))));
                after = page.1;
                if after.is_none() {
                    break;
                }
            }
            assert!(listed.is_sorted_by(|(_, newer), (_, older)| newer.0 >= older.0), "newest first");
            listed.sort_unstable();
            explained.sort_unstable();
            assert_eq!(listed, explained, "{operator}");
        }
    }
}
