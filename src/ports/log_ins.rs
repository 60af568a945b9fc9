//! How somebody's log-ins are found: a record for each, under their id, that leads to the session itself.

use serde::{Deserialize, Serialize};

use super::journal::{Store, StoreError};
use super::record;
use crate::domain::ids::{OperatorId, SessionId};
use crate::domain::time::Timestamp;

/// What is written of a log-in under its owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Under the hash of which token the session is.
    pub token_hash: String,
    /// When it was last used, to within a few minutes.
    pub last_seen: Timestamp,
}

/// What the keys of all rows of an operator start with.
pub fn prefix(operator: OperatorId) -> String {
    format!("sessions-of/{operator}/")
}

/// The key of a log-in's row.
pub fn key(operator: OperatorId, session: SessionId) -> String {
    format!("{}{session}", prefix(operator))
}

/// The row of a log-in, if there is one.
///
/// # Errors
/// The store does not answer.
pub async fn row(store: &dyn Store, operator: OperatorId, session: SessionId) -> Result<Option<Row>, StoreError> {
    store.record(key(operator, session)).await?.map(|bytes| record::decode(&bytes)).transpose()
}

/// Whether a log-in was not ended. The row alone proves nothing: one may be written late.
///
/// # Errors
/// The store does not answer.
pub async fn is_kept(store: &dyn Store, operator: OperatorId, session: SessionId) -> Result<bool, StoreError> {
    match row(store, operator, session).await? {
        None => Ok(false),
        Some(row) => Ok(store.record(record::session_key(&row.token_hash)).await?.is_some()),
    }
}
