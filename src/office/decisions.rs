//! What was decided about one operator, over all conversations (rule W1): the index leads to the outcomes, settled in the
//! records or still in the conversations' documents, and each is told by the code that made it (rule W4).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::domain::conversation::outcome::Outcome;
use crate::domain::conversation::thread::{Conversation, VisitorCard};
use crate::domain::ids::{AccountId, ConversationId, DecisionId, OperatorId};
use crate::domain::notice::explain::Decision;
use crate::domain::refusal::Refusal;
use crate::domain::time::Timestamp;
use crate::ports::journal::{DocKey, Store, StoreError, Stream};
use crate::ports::record::decode;

/// A decision, and what it is about.
#[derive(Clone, Debug)]
pub struct Told {
    /// About which conversation.
    pub conversation: ConversationId,
    /// What its visitor is known as now.
    pub visitor: VisitorCard,
    /// What was decided.
    pub decision: Decision,
}

/// A place in the order of the list.
pub type Place = (Timestamp, DecisionId);

/// The newest decisions about an operator, those after a place, at most `limit`; and the place to go on from, where there are
/// more.
///
/// # Errors
/// `unavailable` when the store does not answer.
pub async fn page(
    store: &Arc<dyn Store>,
    account: AccountId,
    operator: OperatorId,
    after: Option<Place>,
    limit: usize,
) -> Result<(Vec<Told>, Option<Place>), Refusal> {
    let mut places = store.decisions(account, operator, after, limit + 1).await?;
    let has_more = places.len() > limit;
    places.truncate(limit);
    let next = places.last().copied().filter(|_| has_more);
    let conversations = conversations(store, account, &places).await?;
    let outcomes = outcomes(store, account, &places, &conversations).await?;
    let told = places.iter().zip(outcomes).filter_map(|((at, id), outcome)| {
        // One that turned out otherwise since the index was read is not told.
        let outcome = outcome.filter(|outcome| outcome.at == *at)?;
        let visitor = conversations.get(&id.conversation)?.visitor.clone();
        let decision = Decision::about(operator, &outcome)?;
        Some(Told { conversation: id.conversation, visitor, decision })
    });
    Ok((told.collect(), next))
}

async fn conversations(
    store: &Arc<dyn Store>,
    account: AccountId,
    places: &[Place],
) -> Result<BTreeMap<ConversationId, Conversation>, StoreError> {
    let ids: BTreeSet<ConversationId> = places.iter().map(|(_, id)| id.conversation).collect();
    let keys = ids.iter().map(|id| DocKey::Conversation(account, *id)).collect();
    let found = store.load(keys).await?;
    let docs = ids.into_iter().zip(found).filter_map(|(id, stored)| Some((id, stored?)));
    docs.map(|(id, stored)| Ok((id, decode(&stored.state)?))).collect()
}

/// Of each place its outcome: out of the record, or, where the conversation has not settled it yet, out of its document.
async fn outcomes(
    store: &Arc<dyn Store>,
    account: AccountId,
    places: &[Place],
    conversations: &BTreeMap<ConversationId, Conversation>,
) -> Result<Vec<Option<Outcome>>, StoreError> {
    let settled = |id: &DecisionId| conversations.get(&id.conversation).is_some_and(|doc| id.position <= doc.entries);
    let in_record = places.iter().filter(|(_, id)| settled(id));
    let entries = in_record.map(|(_, id)| (Stream::Entries(account, id.conversation), id.position)).collect();
    let mut entries = store.entries(entries).await?.into_iter();
    let outcome = |(_, id): &Place| {
        if settled(id) {
            return entries.next().flatten().map(|entry| decode(&entry)).transpose();
        }
        Ok(conversations.get(&id.conversation).and_then(|doc| doc.unsettled(id.position)))
    };
    places.iter().map(outcome).collect()
}
