//! Limits that protect the account hold over all nodes: what one node counts in its own memory is the first check, and the
//! only one where it has its store for itself or the store does not answer; else the counts that the nodes keep together
//! decide too.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::domain::refusal::{Refusal, RefusalCode};
use crate::domain::time::Span;
use crate::office::tokens::Secret;
use crate::ports::buckets::{Buckets, Draw, Short};
use crate::ports::figures;

/// How long the other nodes' count is waited for; then this one's own has to do.
const PATIENCE: Duration = Duration::from_millis(500);
/// So much of a signature names whose bucket it is.
const NAME_LEN: usize = 16;

/// A limit as it is counted for somebody.
#[derive(Clone, Debug)]
pub struct Shared {
    /// The setting that sets it.
    pub setting: &'static str,
    /// What is counted, where one setting limits several things.
    pub what: &'static str,
    /// So many at once, and so many come back in `per`.
    pub capacity: u32,
    /// In how long.
    pub per: Span,
    /// The refusal's sentence.
    pub message: String,
    /// Whose: it may be readable, for only a signature of it leaves the process.
    pub whose: Vec<u8>,
}

/// The counts that all nodes keep together. Cheap to clone.
#[derive(Clone)]
pub struct Together(Option<Kept>);

#[derive(Clone)]
struct Kept {
    buckets: Arc<dyn Buckets>,
    secret: Secret,
}

impl std::fmt::Debug for Together {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() { "Together(…)" } else { "Together(alone)" })
    }
}

impl Together {
    /// Of a node that has its store for itself: nobody else counts.
    pub fn alone() -> Self {
        Self(None)
    }

    /// Of one of several nodes. Who is counted stands in no key: it is signed by the server's `secret`.
    pub fn new(buckets: Option<Arc<dyn Buckets>>, secret: &Secret) -> Self {
        Self(buckets.map(|buckets| Kept { buckets, secret: secret.clone() }))
    }

    /// Counts one of each of the `limits`, over all nodes and in one question, or of none. They are not asked for where there
    /// are no other nodes.
    ///
    /// # Errors
    /// `rate_limited`, by the limit that keeps one waiting the longest, with the time until the next one may come.
    pub async fn count(&self, limits: impl FnOnce() -> Vec<Shared>) -> Result<(), Refusal> {
        let Some(kept) = &self.0 else { return Ok(()) };
        let limits = limits();
        let draw = |limit: &Shared| Draw { key: kept.key(limit), capacity: limit.capacity, per: limit.per };
        let asked = kept.buckets.take(limits.iter().map(draw).collect());
        // Where nobody answers in time, this node's own count has to do.
        let Ok(answer) = tokio::time::timeout(PATIENCE, asked).await else { return Ok(()) };
        match answer {
            Ok(Ok(())) => Ok(()),
            Ok(Err(Short { which, wait })) => {
                let Some(limit) = limits.get(which) else { return Ok(()) };
                figures::limited(limit.setting);
                let refusal = Refusal::new(RefusalCode::RateLimited, limit.message.clone());
                Err(Refusal { retry_after: Some(wait), ..refusal })
            }
            Err(why) => {
                tracing::debug!(%why, "what the other nodes counted is not known");
                Ok(())
            }
        }
    }

    /// Forgets what was counted so.
    pub async fn forget(&self, limits: impl FnOnce() -> Vec<Shared>) {
        let Some(kept) = &self.0 else { return };
        let filled = kept.buckets.fill(limits().iter().map(|limit| kept.key(limit)).collect());
        // If it cannot be forgotten, it will be with time.
        if let Ok(Err(why)) = tokio::time::timeout(PATIENCE, filled).await {
            tracing::debug!(%why, "what all nodes counted was not forgotten");
        }
    }
}

impl Kept {
    /// The bucket's key, from which nobody learns whose it is.
    fn key(&self, limit: &Shared) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.secret.bytes()).expect("HMAC takes a key of any length");
        for part in [b"limit", limit.setting.as_bytes(), limit.what.as_bytes(), &limit.whose] {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        let signature = mac.finalize().into_bytes();
        signature.iter().take(NAME_LEN).fold(format!("{}/", limit.setting), |mut key, byte| {
            // Writing to a text cannot fail.
            let _ = write!(key, "{byte:02x}");
            key
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::journal::{Found, StoreError};
    use std::sync::Mutex;

    /// Buckets that remember their keys, and answer always the same.
    struct Deaf(Mutex<Vec<String>>);

    impl Buckets for Deaf {
        fn take(&self, draws: Vec<Draw>) -> Found<Result<(), Short>> {
            self.0.lock().unwrap().extend(draws.into_iter().map(|draw| draw.key));
            Box::pin(async { Err(StoreError::Unavailable("away".to_owned())) })
        }

        fn fill(&self, _: Vec<String>) -> Found<()> {
            Box::pin(std::future::pending())
        }
    }

    fn limit(what: &'static str, whose: &str) -> Shared {
        let message = "too many".to_owned();
        let (setting, whose) = ("login_attempts_per_minute", whose.as_bytes().to_vec());
        Shared { setting, what, capacity: 1, per: Span(1), message, whose }
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_counted_stands_in_no_key_and_a_store_that_is_away_keeps_nobody_out() {
        let deaf = Arc::new(Deaf(Mutex::default()));
        let together = Together::new(Some(deaf.clone()), &Secret::new([7; 32]));
        let other = Together::new(Some(deaf.clone()), &Secret::new([8; 32]));
        let limits = [limit("a", "jana@shop.test"), limit("b", "jana@shop.test"), limit("a", "anna@shop.test")];
        assert_eq!(together.count(|| limits.to_vec()).await, Ok(()));
        assert_eq!(other.count(|| limits[..1].to_vec()).await, Ok(()));
        together.forget(|| limits.to_vec()).await;
        let mut keys = deaf.0.lock().unwrap().clone();
        assert!(keys.iter().all(|key| key.starts_with("login_attempts_per_minute/") && key.len() == 58), "{keys:?}");
        assert!(!keys.concat().contains("jana"));
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), 4, "each has its own");
    }
}
