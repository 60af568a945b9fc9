//! Which account a widget's key belongs to, remembered for a while by each worker.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use crate::domain::ids::AccountId;
use crate::domain::refusal::Refusal;
use crate::domain::time::{Span, Timestamp};
use crate::office::widgets;
use crate::ports::journal::Store;

/// How long an answer is believed: a key that lapses works at most that much longer.
const BELIEVED: Span = Span::from_secs(60);
/// How many keys are remembered.
const REMEMBERED_MAX: usize = 4_096;

/// The keys that one worker remembers.
#[derive(Default)]
pub(super) struct Widgets {
    known: RefCell<HashMap<Box<str>, (AccountId, Timestamp)>>,
}

impl Widgets {
    /// The account of a key that works; `None`: there is none.
    ///
    /// # Errors
    /// `unavailable` when the store does not answer.
    pub(super) async fn account_of(&self, store: &Arc<dyn Store>, key: &str) -> Result<Option<AccountId>, Refusal> {
        let now = store.now();
        if let Some((account, asked_at)) = self.known.borrow().get(key)
            && now - *asked_at < BELIEVED
        {
            return Ok(Some(*account));
        }
        let account = widgets::account_of(&**store, key).await?;
        let mut known = self.known.borrow_mut();
        match account {
            Some(account) => {
                if known.len() >= REMEMBERED_MAX {
                    known.clear();
                }
                known.insert(key.into(), (account, now));
            }
            // Keys that are none are not remembered: anybody can make them up.
            None => drop(known.remove(key)),
        }
        Ok(account)
    }
}
