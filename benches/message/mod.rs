//! What a visitor's message commits, for the benches that commit many.

use doorbell::domain::ids::{AccountId, ConversationId};
use doorbell::domain::time::Timestamp;
use doorbell::ports::journal::{Append, Commit, DocKey, InboxRow, InboxStatus, IndexOp, Stream, Token, Write};
use doorbell::store::record::mint;
use uuid::Uuid;

const ACCOUNT: AccountId = AccountId(Uuid::from_u128(1));
/// A conversation's document with a page of facts.
const STATE_LEN_BYTES: usize = 1_500;
const MESSAGE_LEN_BYTES: usize = 200;

/// The message at this place of the conversation with this number, whose document was read at this token.
pub(crate) fn message(n: usize, read: Option<Token>, position: u64) -> Commit {
    let conversation = ConversationId(Uuid::from_u128(1_000 + n as u128));
    let key = DocKey::Conversation(ACCOUNT, conversation);
    let at = Timestamp(position as i64);
    let row = InboxRow {
        status: InboxStatus::Unserved,
        group: None,
        at,
        joined: Vec::new(),
        search: vec![format!("visitor {n}"), format!("visitor{n}@example.com")],
    };
    let stream = Stream::Messages(ACCOUNT, conversation);
    Commit {
        reads: vec![(key, read), (DocKey::Presence(ACCOUNT), None)],
        writes: vec![Write { key, token: mint(read), state: vec![b'x'; STATE_LEN_BYTES] }],
        log: vec![Append { stream, position, entry: vec![b'm'; MESSAGE_LEN_BYTES] }],
        indexes: vec![
            (ACCOUNT, IndexOp::Deadline(conversation, Some(at))),
            (ACCOUNT, IndexOp::Attention(conversation, Some(Timestamp::NEVER))),
            (ACCOUNT, IndexOp::Inbox(conversation, row)),
        ],
        ..Commit::default()
    }
}
