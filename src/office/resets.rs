//! Setting a password without the old one: a token that works once, for a while. An invited operator gets one, and so does who
//! forgot.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::operators::same_address;
use super::passwords::{self, PasswordHashed};
use super::tokens;
use crate::domain::account::Operator;
use crate::domain::ids::{AccountId, OperatorId};
use crate::domain::refusal::Refusal;
use crate::domain::time::{Span, Timestamp};
use crate::ports::journal::{RecordOp, Store};
use crate::ports::record;

/// How long an invitation works.
pub const INVITE_LIFE: Span = Span::from_secs(7 * 24 * 3_600);
/// How long the link to who forgot the password works.
pub const RESET_LIFE: Span = Span::from_secs(3_600);

/// What the record of a token holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reset {
    /// Of which account.
    pub account: AccountId,
    /// Whose password.
    pub operator: OperatorId,
    /// Until when.
    pub until: Timestamp,
    /// The address that it was made for: it is worth nothing once they have another one. `None`: made by an older version.
    #[serde(default)]
    pub email: Option<String>,
    /// The mark of the password that they had: once it was changed in any way, the token is worth nothing. `None`: they had none.
    #[serde(default)]
    pub password: Option<String>,
}

impl Reset {
    /// For an operator, as they are now.
    pub fn new(account: AccountId, operator: &Operator, password: Option<&PasswordHashed>, until: Timestamp) -> Self {
        let (email, password) = (Some(operator.email.clone()), password.map(PasswordHashed::mark));
        Self { account, operator: operator.id, until, email, password }
    }

    /// Whether it may set the operator's password: they are active and have the address still.
    pub fn is_for(&self, operator: &Operator) -> bool {
        operator.active && self.email.as_ref().is_none_or(|email| same_address(email, &operator.email))
    }
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
    let value = store.record(record::reset_key(&tokens::hash(token))).await?;
    let now = store.now();
    let reset = value.and_then(|bytes| record::decode::<Reset>(&bytes).ok()).filter(|reset| now < reset.until);
    let Some(reset) = reset else { return Ok(None) };
    let password = passwords::find(&**store, reset.operator).await?;
    Ok((password.as_ref().map(PasswordHashed::mark) == reset.password).then_some(reset))
}
