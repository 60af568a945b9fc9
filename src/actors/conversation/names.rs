//! The names that clients gave to their messages, so that a repeat is known. The document holds the newest; the older ones
//! are read out of the messages once somebody writes.

use super::ConversationActor;
use crate::domain::conversation::deed::{Deed, Input, VisitorDeed};
use crate::domain::conversation::message::Message;
use crate::domain::conversation::thread::{Accepted, Conversation};
use crate::domain::persistent::List;
use crate::ports::journal::{Store, StoreError, Stream};
use crate::ports::record::decode;

/// Whether the inputs can only be decided where all names are at hand.
pub(super) fn are_asked_for(inputs: &[Input]) -> bool {
    let writes = |input: &Input| {
        matches!(input, Input::Visitor(VisitorDeed::Write { .. }) | Input::Operator { deed: Deed::Write { .. }, .. })
    };
    inputs.iter().any(writes)
}

/// What is known of them before a reading.
pub(super) struct Names {
    are_wanted: bool,
    /// Without a gap up to the last; none where that is not so.
    known: List<Accepted>,
}

impl ConversationActor {
    /// A conversation that was only woken to look does without.
    pub(super) fn names(&self) -> Names {
        let known = self.document().filter(|doc| doc.accepted_before == 0).map(|doc| doc.accepted.clone());
        Names {
            are_wanted: self.read.is_some() || self.shell.has_waiting(|inputs| are_asked_for(inputs)),
            known: known.unwrap_or_default(),
        }
    }
}

impl Names {
    /// The document as it was read, with all names.
    pub(super) async fn complete(self, store: &dyn Store, mut doc: Conversation) -> Result<Conversation, StoreError> {
        if !self.are_wanted || doc.accepted_before == 0 {
            return Ok(doc);
        }
        let first = doc.accepted.first();
        // Of a history that the store has lost nothing is known: one goes on only from a message that both have.
        let is_same = self.known.iter().rev().any(|accepted| Some(accepted) == first);
        let place = first.map_or(doc.last_seq + 1, |accepted| accepted.seq);
        let older = if is_same {
            self.known.iter().take_while(|accepted| accepted.seq < place).cloned().collect()
        } else {
            read(store, &doc, place).await?
        };
        doc.recall(older);
        Ok(doc)
    }
}

/// Those of the messages before a place, as many as are remembered.
async fn read(store: &dyn Store, doc: &Conversation, first: u64) -> Result<Vec<Accepted>, StoreError> {
    let wanted = usize::try_from(doc.accepted_before).unwrap_or(usize::MAX);
    let stream = Stream::Messages(doc.account, doc.id);
    let (mut newest_first, mut before) = (Vec::new(), first);
    while newest_first.len() < wanted {
        // Between them are doorbell's own messages, which have no names.
        let page = store.read_back(stream, before, wanted - newest_first.len()).await?;
        let Some((earliest, _)) = page.first() else { break };
        before = *earliest;
        for (_, entry) in page.iter().rev() {
            newest_first.extend(Accepted::of(&decode::<Message>(entry)?));
        }
    }
    newest_first.reverse();
    Ok(newest_first)
}
