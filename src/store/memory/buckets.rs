//! Buckets in memory: for several nodes in one process, which are tests.

use std::collections::HashMap;
use std::future::ready;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::domain::time::{Span, Timestamp};
use crate::ports::buckets::{Buckets, Draw, Short};
use crate::ports::journal::{Found, Store};

use super::MemoryStore;

/// The buckets that nodes on one [`MemoryStore`] keep together, by its clock.
pub struct MemoryBuckets {
    memory: Arc<MemoryStore>,
    /// When each will be full again; one that is full may be missing.
    full_at: Mutex<HashMap<String, Timestamp>>,
}

impl MemoryBuckets {
    /// All of them are full.
    pub fn new(memory: Arc<MemoryStore>) -> Arc<Self> {
        Arc::new(Self { memory, full_at: Mutex::default() })
    }

    fn full_at(&self) -> MutexGuard<'_, HashMap<String, Timestamp>> {
        self.full_at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_now(&self, draws: &[Draw]) -> Result<(), Short> {
        let (now, mut full_at) = (self.memory.now(), self.full_at());
        let mut taken: HashMap<&str, Timestamp> = HashMap::new();
        let mut short = Short { which: 0, wait: Span(0) };
        for (which, draw) in draws.iter().enumerate() {
            let one = Span(draw.per.0 / i64::from(draw.capacity.max(1)));
            let kept = || full_at.get(&draw.key).copied().unwrap_or(now).max(now);
            let at = taken.entry(&draw.key).or_insert_with(kept);
            *at = *at + one;
            let wait = *at - now - draw.per;
            if wait > short.wait {
                short = Short { which, wait };
            }
        }
        if short.wait > Span(0) {
            return Err(short);
        }
        let taken: Vec<_> = taken.into_iter().map(|(key, at)| (key.to_owned(), at)).collect();
        full_at.extend(taken);
        Ok(())
    }
}

impl Buckets for MemoryBuckets {
    fn take(&self, draws: Vec<Draw>) -> Found<Result<(), Short>> {
        Box::pin(ready(Ok(self.take_now(&draws))))
    }

    fn fill(&self, keys: Vec<String>) -> Found<()> {
        self.full_at().retain(|key, _| !keys.contains(key));
        Box::pin(ready(Ok(())))
    }
}
