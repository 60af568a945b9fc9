//! How fast letters leave (rule E6): a bucket for the server, and one for each account that sends.

use std::collections::{BTreeSet, HashMap};

use crate::domain::ids::AccountId;
use crate::domain::time::Timestamp;

/// After so many accounts, full buckets are forgotten.
const ACCOUNTS_MAX: usize = 4_096;

/// A bucket that refills evenly.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    tokens: f64,
    at: Timestamp,
}

impl Bucket {
    fn full(per_minute: f64, now: Timestamp) -> Self {
        Self { tokens: capacity(per_minute), at: now }
    }

    fn refill(&mut self, per_minute: f64, now: Timestamp) {
        let elapsed_ms = (now - self.at).0.max(0) as f64;
        self.tokens = (self.tokens + elapsed_ms * per_minute / 60_000.0).min(capacity(per_minute));
        self.at = now;
    }
}

/// What a bucket holds: a minute's worth, and however small a share is, one letter.
fn capacity(per_minute: f64) -> f64 {
    per_minute.max(1.0)
}

/// The buckets.
#[derive(Debug)]
pub(super) struct Pace {
    /// What the settings say, for all nodes together.
    per_minute: f64,
    per_minute_per_account: f64,
    /// Among how many nodes that is shared.
    nodes: f64,
    server: Option<Bucket>,
    accounts: HashMap<AccountId, Bucket>,
}

impl Pace {
    pub(super) fn new(per_minute: u32, per_minute_per_account: u32) -> Self {
        let (per_minute, per_minute_per_account) = (f64::from(per_minute), f64::from(per_minute_per_account));
        Self { per_minute, per_minute_per_account, nodes: 1.0, server: None, accounts: HashMap::new() }
    }

    /// From now on so many nodes live, and this one takes its part of what all of them may send. Any of them may send any
    /// account's letters, so an account's share is parted likewise.
    pub(super) fn share(&mut self, nodes: usize) {
        self.nodes = nodes.max(1) as f64;
    }

    fn of_server(&self) -> f64 {
        self.per_minute / self.nodes
    }

    fn of_account(&self) -> f64 {
        self.per_minute_per_account / self.nodes
    }

    /// The accounts of which none may leave now.
    pub(super) fn spent(&mut self, now: Timestamp) -> BTreeSet<AccountId> {
        let own = self.of_account();
        let of_accounts = self.accounts.iter_mut();
        let spent = of_accounts.filter_map(|(account, bucket)| {
            bucket.refill(own, now);
            (bucket.tokens < 1.0).then_some(*account)
        });
        spent.collect()
    }

    /// Whether a letter of the account may leave now; if so, it counts.
    pub(super) fn allows(&mut self, account: AccountId, now: Timestamp) -> bool {
        let (all, own) = (self.of_server(), self.of_account());
        if self.accounts.len() > ACCOUNTS_MAX {
            self.accounts.retain(|_, bucket| {
                bucket.refill(own, now);
                bucket.tokens < capacity(own)
            });
        }
        let server = self.server.get_or_insert(Bucket::full(all, now));
        server.refill(all, now);
        let bucket = self.accounts.entry(account).or_insert(Bucket::full(own, now));
        bucket.refill(own, now);
        let allowed = server.tokens >= 1.0 && bucket.tokens >= 1.0;
        if allowed {
            server.tokens -= 1.0;
            bucket.tokens -= 1.0;
        }
        allowed
    }

    /// A letter of the account that was counted did not leave.
    pub(super) fn give_back(&mut self, account: AccountId) {
        let buckets = self.server.iter_mut().chain(self.accounts.get_mut(&account));
        buckets.for_each(|bucket| bucket.tokens += 1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Span;
    use uuid::Uuid;

    #[test]
    fn e6_one_account_does_not_take_the_others_share() {
        let (a, b) = (AccountId(Uuid::from_u128(1)), AccountId(Uuid::from_u128(2)));
        let mut pace = Pace::new(100, 2);
        let now = Timestamp(0);
        assert_eq!([pace.allows(a, now), pace.allows(a, now), pace.allows(a, now)], [true, true, false]);
        assert_eq!(pace.spent(now), BTreeSet::from([a]));
        assert!(pace.allows(b, now));
        assert!(pace.allows(a, now + Span::from_secs(30)), "half a minute brings one more");
    }

    #[test]
    fn e6_several_nodes_together_send_no_more_than_one() {
        let account = AccountId(Uuid::from_u128(1));
        for nodes in [1, 2, 3, 7, 50] {
            let mut paces: Vec<_> = (0..nodes).map(|_| Pace::new(1_000, 30)).collect();
            paces.iter_mut().for_each(|pace| pace.share(nodes));
            let mut sent = [0; 2];
            for second in 0..=600 {
                let now = Timestamp(second * 1_000);
                let at_start = usize::from(second > 0);
                for pace in &mut paces {
                    sent[at_start] += std::iter::repeat_with(|| pace.allows(account, now)).take_while(|ok| *ok).count();
                }
            }
            assert!(sent[0] <= 30.max(nodes), "{nodes} nodes begin with {}", sent[0]);
            assert!(
                (300 - 2 * nodes..=300 + nodes).contains(&sent[1]),
                "in ten minutes {nodes} nodes send {}",
                sent[1]
            );
        }
    }

    #[test]
    fn e6_what_did_not_leave_does_not_count_and_who_is_left_alone_has_the_whole_share() {
        let (account, now) = (AccountId(Uuid::from_u128(1)), Timestamp(0));
        let mut pace = Pace::new(4, 4);
        pace.share(2);
        assert_eq!([(); 3].map(|()| pace.allows(account, now)), [true, true, false]);
        pace.give_back(account);
        assert_eq!([(); 2].map(|()| pace.allows(account, now)), [true, false]);
        pace.share(1);
        let minute = now + Span::from_secs(60);
        assert_eq!([(); 5].map(|()| pace.allows(account, minute)), [true, true, true, true, false]);
    }
}
