//! Which account a widget's key belongs to: a plain record, remembered for a while by each worker.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use serde::Deserialize;

use crate::domain::ids::AccountId;
use crate::domain::refusal::Refusal;
use crate::domain::time::{Span, Timestamp};
use crate::ports::journal::Store;

/// The longest key that is looked up, in bytes.
const KEY_LEN_MAX: usize = 128;
/// How long an answer is believed: a key that was replaced works that much longer.
const BELIEVED: Span = Span::from_secs(60);
/// How many keys are remembered.
const REMEMBERED_MAX: usize = 4_096;

/// The key of a widget key's record.
pub fn widget_key(key: &str) -> String {
    format!("widget/{key}")
}

/// What the record of a widget's key holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
struct Widget {
    account: AccountId,
    until: Option<Timestamp>,
}

/// The keys that one worker remembers.
#[derive(Default)]
pub(super) struct Widgets {
    known: RefCell<HashMap<Box<str>, (Widget, Timestamp)>>,
}

impl Widgets {
    /// The account of a key that works now; `None`: there is none.
    ///
    /// # Errors
    /// `unavailable` when the store does not answer.
    pub(super) async fn account_of(&self, store: &Arc<dyn Store>, key: &str) -> Result<Option<AccountId>, Refusal> {
        if key.is_empty() || key.len() > KEY_LEN_MAX {
            return Ok(None);
        }
        let now = store.now();
        let works = |widget: &Widget| widget.until.is_none_or(|until| now < until).then_some(widget.account);
        if let Some((widget, asked_at)) = self.known.borrow().get(key)
            && now - *asked_at < BELIEVED
        {
            return Ok(works(widget));
        }
        let record = store.record(widget_key(key)).await.map_err(|e| Refusal::unavailable(e.to_string()))?;
        let Some(widget) = record.and_then(|bytes| serde_json::from_slice::<Widget>(json_of(&bytes)).ok()) else {
            // Keys that are none are not remembered: anybody can make them up.
            self.known.borrow_mut().remove(key);
            return Ok(None);
        };
        let mut known = self.known.borrow_mut();
        if known.len() >= REMEMBERED_MAX {
            known.clear();
        }
        known.insert(key.into(), (widget, now));
        Ok(works(&widget))
    }
}

/// The JSON in a stored value: after the digit of its shape, where it bears one.
pub(super) fn json_of(stored: &[u8]) -> &[u8] {
    match stored {
        [b'0'..=b'9', json @ ..] => json,
        json => json,
    }
}
