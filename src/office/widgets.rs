//! Keys under which web sites' widgets know their account: plain records, beside the settings that list them.

use serde::{Deserialize, Serialize};

use crate::domain::account::WidgetKey;
use crate::domain::ids::AccountId;
use crate::domain::refusal::Refusal;
use crate::domain::time::Timestamp;
use crate::ports::journal::{RecordOp, Store};
use crate::ports::record;

/// The longest key that is looked up, in bytes.
const KEY_LEN_MAX: usize = 128;

/// What the record of a widget's key holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Widget {
    /// Whose key it is.
    pub account: AccountId,
    /// When it stops working; `None`: it is the current one.
    pub until: Option<Timestamp>,
}

/// A fresh key.
pub fn mint() -> WidgetKey {
    WidgetKey { key: super::tokens::mint(), until: None }
}

/// Writes a key of an account.
pub fn put(account: AccountId, key: &WidgetKey) -> RecordOp {
    let value = record::encode(&Widget { account, until: key.until });
    RecordOp::Put { key: record::widget_key(&key.key), value }
}

/// The account of a key that works now; `None`: there is none.
///
/// # Errors
/// `unavailable` when the store does not answer.
pub async fn account_of(store: &dyn Store, key: &str) -> Result<Option<AccountId>, Refusal> {
    if key.is_empty() || key.len() > KEY_LEN_MAX {
        return Ok(None);
    }
    let value = store.record(record::widget_key(key)).await?;
    let widget = value.and_then(|bytes| record::decode::<Widget>(&bytes).ok());
    let now = store.now();
    Ok(widget.filter(|widget| widget.until.is_none_or(|until| now < until)).map(|widget| widget.account))
}
