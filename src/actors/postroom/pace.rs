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
    fn refill(&mut self, per_minute: f64, now: Timestamp) {
        let elapsed_ms = (now - self.at).0.max(0) as f64;
        self.tokens = (self.tokens + elapsed_ms * per_minute / 60_000.0).min(per_minute);
        self.at = now;
    }
}

/// The buckets.
#[derive(Debug)]
pub(super) struct Pace {
    per_minute: f64,
    per_minute_per_account: f64,
    server: Option<Bucket>,
    accounts: HashMap<AccountId, Bucket>,
}

impl Pace {
    pub(super) fn new(per_minute: u32, per_minute_per_account: u32) -> Self {
        let (per_minute, per_minute_per_account) = (f64::from(per_minute), f64::from(per_minute_per_account));
        Self { per_minute, per_minute_per_account, server: None, accounts: HashMap::new() }
    }

    /// The accounts of which none may leave now.
    pub(super) fn spent(&mut self, now: Timestamp) -> BTreeSet<AccountId> {
        let own = self.per_minute_per_account;
        let of_accounts = self.accounts.iter_mut();
        let spent = of_accounts.filter_map(|(account, bucket)| {
            bucket.refill(own, now);
            (bucket.tokens < 1.0).then_some(*account)
        });
        spent.collect()
    }

    /// Whether a letter of the account may leave now; if so, it counts.
    pub(super) fn allows(&mut self, account: AccountId, now: Timestamp) -> bool {
        let (all, own) = (self.per_minute, self.per_minute_per_account);
        if self.accounts.len() > ACCOUNTS_MAX {
            self.accounts.retain(|_, bucket| {
                bucket.refill(own, now);
                bucket.tokens < own
            });
        }
        let server = self.server.get_or_insert(Bucket { tokens: all, at: now });
        server.refill(all, now);
        let bucket = self.accounts.entry(account).or_insert(Bucket { tokens: own, at: now });
        bucket.refill(own, now);
        let allowed = server.tokens >= 1.0 && bucket.tokens >= 1.0;
        if allowed {
            server.tokens -= 1.0;
            bucket.tokens -= 1.0;
        }
        allowed
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
}
