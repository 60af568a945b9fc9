//! The messages that an opening brings, over the socket as over HTTP.

use crate::domain::conversation::message::Message;
use crate::domain::conversation::view::ConversationView;
use crate::domain::ids::AccountId;
use crate::ports::journal::{Store, StoreError, Stream};
use crate::ports::record;

/// How many messages an opening brings that names no place: the newest.
const OPENED_LEN: usize = 100;
/// How many messages an opening brings that names one: those after it.
const RESUMED_LEN: usize = 500;

/// The messages of a conversation as it was opened: none is newer than what the summary tells, since those come by themselves.
pub(super) async fn messages(
    store: &dyn Store,
    account: AccountId,
    view: &ConversationView,
    after: Option<u64>,
) -> Result<Vec<Message>, StoreError> {
    let stream = Stream::Messages(account, view.id);
    let mut entries = match after {
        Some(after) => store.read(stream, after, RESUMED_LEN).await?,
        None => store.read_back(stream, view.last_seq + 1, OPENED_LEN).await?,
    };
    entries.retain(|(seq, _)| *seq <= view.last_seq);
    Ok(decoded(entries))
}

/// Messages as they are stored. One that cannot be read is left out: the others are not lost for it.
pub(super) fn decoded(entries: Vec<(u64, Vec<u8>)>) -> Vec<Message> {
    let read = |(position, bytes): (u64, Vec<u8>)| match record::decode(&bytes) {
        Ok(message) => Some(message),
        Err(error) => {
            tracing::error!(position, %error, "a stored message cannot be read");
            None
        }
    };
    entries.into_iter().filter_map(read).collect()
}
