//! Log-ins. A session is a plain record under the hash of its token.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::tokens;
use crate::domain::ids::{AccountId, OperatorId, SessionId};
use crate::domain::refusal::Refusal;
use crate::domain::time::Timestamp;
use crate::ports::journal::Store;

/// A log-in, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Which.
    pub id: SessionId,
    /// Of which account.
    pub account: AccountId,
    /// Whose.
    pub operator: OperatorId,
    /// When it began.
    pub created_at: Timestamp,
    /// What the client called itself.
    pub user_agent: Option<String>,
}

/// The key of a session's record.
pub fn session_key(token_hash: &str) -> String {
    format!("session/{token_hash}")
}

/// The session of a token; `None`: it is none, or ended.
///
/// # Errors
/// `unavailable` when the store does not answer.
pub async fn find(store: &Arc<dyn Store>, token: &str) -> Result<Option<Session>, Refusal> {
    if token.is_empty() || token.len() > 256 {
        return Ok(None);
    }
    let value =
        (store.record(session_key(&tokens::hash(token))).await).map_err(|e| Refusal::unavailable(e.to_string()))?;
    Ok(value.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
}
