//! The audit trail, as admins read it.

use std::sync::Arc;

use crate::domain::audit::Entry;
use crate::domain::ids::AccountId;
use crate::domain::refusal::Refusal;
use crate::ports::journal::{Store, Stream};
use crate::ports::record::decode;

/// The newest entries before a position, at most `limit`; and the position to go on from, where there are more.
///
/// # Errors
/// `unavailable` when the store does not answer.
pub async fn page(
    store: &Arc<dyn Store>,
    account: AccountId,
    before: Option<u64>,
    limit: usize,
) -> Result<(Vec<Entry>, Option<u64>), Refusal> {
    let stream = Stream::Audit(account);
    let mut found = store.read_back(stream, before.unwrap_or(u64::MAX), limit + 1).await?;
    found.reverse();
    let has_more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().map(|(position, _)| *position).filter(|_| has_more);
    let entries: Result<_, _> = found.iter().map(|(_, entry)| decode(entry)).collect();
    Ok((entries?, next))
}
