//! Setting a password without the old one: a token that works once, for a while. An invited operator gets one, and so does who
//! forgot.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::change::away;
use super::tokens;
use crate::domain::ids::{AccountId, OperatorId};
use crate::domain::refusal::Refusal;
use crate::domain::time::{Span, Timestamp};
use crate::ports::journal::{RecordOp, Store};
use crate::ports::record;

/// How long an invitation works.
pub const INVITE_LIFE: Span = Span::from_secs(7 * 24 * 3_600);

/// What the record of a token holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reset {
    /// Of which account.
    pub account: AccountId,
    /// Whose password.
    pub operator: OperatorId,
    /// Until when.
    pub until: Timestamp,
}

/// Writes a token.
pub fn put(token: &str, reset: &Reset) -> RecordOp {
    RecordOp::Put { key: record::reset_key(&tokens::hash(token)), value: record::encode(reset) }
}

/// Removes a token: it was used.
pub fn delete(token: &str) -> RecordOp {
    RecordOp::Delete { key: record::reset_key(&tokens::hash(token)) }
}

/// What a token stands for; `None`: nothing, or no longer.
///
/// # Errors
/// `unavailable` when the store does not answer.
pub async fn find(store: &Arc<dyn Store>, token: &str) -> Result<Option<Reset>, Refusal> {
    if token.is_empty() || token.len() > 256 {
        return Ok(None);
    }
    let value = store.record(record::reset_key(&tokens::hash(token))).await.map_err(away)?;
    let now = store.now();
    Ok(value.and_then(|bytes| record::decode::<Reset>(&bytes).ok()).filter(|reset| now < reset.until))
}
