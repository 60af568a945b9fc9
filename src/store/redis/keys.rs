//! Every key and every channel, and the only file where one is spelled.
//!
//! What belongs to an account bears one of 128 hash tags, `{d0}` to `{d127}`, by its id. What must be found without knowing an
//! account bears `{all}`. A commit therefore touches two tags.
//!
//! | key | type | holds | lives |
//! |---|---|---|---|
//! | `{dN}:settings:A` `{dN}:presence:A` `{dN}:conversation:A:C` `{dN}:letter:A:L` `{dN}:note:A:N` | string | a document: 16 bytes of its token, then its state (a note's is empty after 30 days) | for ever |
//! | `{dN}:edges:A` `{dN}:audit:A` `{dN}:messages:A:C` `{dN}:entries:A:C` | sorted set | a stream: `POSITION:ENTRY` by position | for ever |
//! | `{dN}:attention:A` | sorted set | conversations, by the end of their attention | while there is one |
//! | `{dN}:inbox:A` | hash | each conversation's row, as the indexes have it | for ever |
//! | `{dN}:inbox:A:S:G` | sorted set | places of state S and group G (empty: none), in their order | while there is one |
//! | `{dN}:inbox-counts:A` | hash | how many places, by `S:G` | while there is one |
//! | `{dN}:joined:A:O:S` | sorted set | places that operator O has joined, of state S | while there is one |
//! | `{dN}:joined-counts:A:O` | hash | how many of them, by `S:G` | while there is one |
//! | `{dN}:search:A` | sorted set | texts, each with the conversation that it leads to | while there is one |
//! | `{dN}:decisions:A:O` | sorted set | places of the decisions about operator O | for ever |
//! | `{dN}:letter-rows:A` | hash | each letter's row, as the indexes have it | for ever |
//! | `{dN}:letters:A` and the same with `:state:S` `:operator:O` `:conversation:C` | sorted set | places of the letters | while there is one |
//! | `{dN}:done:TOKENS` | string | nothing: that the commit that wrote these tokens was written | five minutes |
//! | `{all}:meta` | hash | the version of the store, its name, how far its clock has come, when that was told and when somebody asked who keeps none, and whether a move into it is unfinished | for ever |
//! | `{all}:homes` | hash | the account of each conversation | for ever |
//! | `{all}:deadlines` | sorted set | account and conversation, by deadline | while there is one |
//! | `{all}:attentive` | sorted set | accounts with an `attention` | while there is one |
//! | `{all}:letters-due` | sorted set | account and letter, by when something is due | while there is one |
//! | `{all}:letters-unfinished` | hash | how many letters are due some time, by state | while there is one |
//! | `{all}:records` | hash | the plain records | until deleted |
//! | `{all}:record-keys` | sorted set | their keys, in order | until deleted |
//! | `{all}:bucket:KEY` | string | when the bucket will be full, in microseconds | until it is full |
//!
//! Channels, with the number D of the database, for channels are not apart as databases are: `{dN}:hints:D`, what nodes tell each
//! other of the accounts of that tag; `{all}:canary:D:ORIGIN`, what a node tells itself;
//! `{all}:canary:start`, whether one may tell anything.

use uuid::Uuid;

use crate::domain::ids::{AccountId, ConversationId, NoteId, OperatorId};
use crate::ports::journal::{Commit, DocKey, Stream};

/// How many tags accounts are spread over.
pub(super) const TAGS: u64 = 128;

pub(super) const META: &str = "{all}:meta";
/// The field of it that holds the version.
pub(super) const META_VERSION: &str = "version";
/// The field of it that holds the store's own name.
pub(super) const META_NAME: &str = "name";
/// The field of it that is there while a move into the store is not finished.
pub(super) const META_MOVING: &str = "moving";
pub(super) const HOMES: &str = "{all}:homes";
pub(super) const DEADLINES: &str = "{all}:deadlines";
pub(super) const ATTENTIVE: &str = "{all}:attentive";
pub(super) const LETTERS_DUE: &str = "{all}:letters-due";
pub(super) const LETTERS_UNFINISHED: &str = "{all}:letters-unfinished";
pub(super) const RECORDS: &str = "{all}:records";
pub(super) const RECORD_KEYS: &str = "{all}:record-keys";

/// The number of an account's tag: FNV-1a of its 16 bytes, 64 bits wide, modulo [`TAGS`]. It must never change.
fn tag(account: AccountId) -> u64 {
    let fnv = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    account.0.as_bytes().iter().fold(0xcbf2_9ce4_8422_2325, fnv) % TAGS
}

fn of(account: AccountId, what: &str) -> String {
    format!("{{d{}}}:{what}:{}", tag(account), account.0.simple())
}

pub(super) fn doc(key: &DocKey) -> String {
    match *key {
        DocKey::Settings(account) => of(account, "settings"),
        DocKey::Presence(account) => of(account, "presence"),
        DocKey::Conversation(account, id) => format!("{}:{}", of(account, "conversation"), id.0.simple()),
        DocKey::Letter(account, id) => format!("{}:{id}", of(account, "letter")),
        DocKey::Note(account, id) => format!("{}:{}", of(account, "note"), id.0.simple()),
    }
}

pub(super) fn stream(stream: Stream) -> String {
    match stream {
        Stream::Edges(account) => of(account, "edges"),
        Stream::Audit(account) => of(account, "audit"),
        Stream::Messages(account, id) => format!("{}:{}", of(account, "messages"), id.0.simple()),
        Stream::Entries(account, id) => format!("{}:{}", of(account, "entries"), id.0.simple()),
    }
}

pub(super) fn attention(account: AccountId) -> String {
    of(account, "attention")
}

/// The rows; with `:S:G` behind it, the places of one state and group.
pub(super) fn inbox(account: AccountId) -> String {
    of(account, "inbox")
}

pub(super) fn inbox_counts(account: AccountId) -> String {
    of(account, "inbox-counts")
}

/// What the places of each operator start with; `O:S` follows.
pub(super) fn joined(account: AccountId) -> String {
    format!("{}:", of(account, "joined"))
}

/// What the counts of each operator start with; `O` follows.
pub(super) fn joined_counts(account: AccountId) -> String {
    format!("{}:", of(account, "joined-counts"))
}

pub(super) fn search(account: AccountId) -> String {
    of(account, "search")
}

pub(super) fn decisions(account: AccountId, operator: OperatorId) -> String {
    format!("{}:{}", of(account, "decisions"), operator.0.simple())
}

pub(super) fn letter_rows(account: AccountId) -> String {
    of(account, "letter-rows")
}

/// All letters; with one of the following behind it, some of them.
pub(super) fn letters(account: AccountId) -> String {
    of(account, "letters")
}

pub(super) fn letters_of_operator(account: AccountId, operator: OperatorId) -> String {
    format!("{}:operator:{}", letters(account), operator.0.simple())
}

pub(super) fn letters_of_conversation(account: AccountId, conversation: ConversationId) -> String {
    format!("{}:conversation:{}", letters(account), conversation.0.simple())
}

/// What the lists of the letters of each state start with; the state follows.
pub(super) fn letters_of_state(account: AccountId) -> String {
    format!("{}:state:", letters(account))
}

/// Where it is remembered that a commit was written; `None`: it writes no document.
pub(super) fn done(commit: &Commit) -> Option<String> {
    let first = commit.writes.first()?;
    let tokens = commit.writes.iter().map(|write| format!("{:016x}", write.token.nonce));
    Some(format!("{{d{}}}:done:{}", tag(first.key.account()), tokens.collect::<String>()))
}

pub(super) fn bucket(key: &str) -> String {
    format!("{{all}}:bucket:{key}")
}

/// The channel on which hints about the account are told.
pub(super) fn hints(account: AccountId, database: i64) -> String {
    hints_of_tag(tag(account), database)
}

/// All channels on which hints are told.
pub(super) fn all_hints(database: i64) -> Vec<String> {
    (0..TAGS).map(|tag| hints_of_tag(tag, database)).collect()
}

fn hints_of_tag(tag: u64, database: i64) -> String {
    format!("{{d{tag}}}:hints:{database}")
}

/// The channel on which a start tries whether something can be told. Nobody listens.
pub(super) const CANARY_OF_THE_START: &str = "{all}:canary:start";

/// The channel on which a node tells itself that it hears.
pub(super) fn canary(database: i64, origin: &str) -> String {
    format!("{{all}}:canary:{database}:{origin}")
}

/// What stands under a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Held {
    /// A document.
    Doc(DocKey),
    /// A stream.
    Stream(Stream),
    /// The attention of an account.
    Attention(AccountId),
    /// The counts of an account's inbox.
    InboxCounts(AccountId),
    /// All letters of an account.
    Letters(AccountId),
    /// The decisions about an operator.
    Decisions(AccountId, OperatorId),
    /// What follows from others, and what is found without knowing an account.
    Other,
}

/// What stands under this key; `None`: it is none of doorbell's.
pub(super) fn held(key: &str) -> Option<Held> {
    let (tag, rest) = key.strip_prefix('{')?.split_once("}:")?;
    if tag == "all" || rest.starts_with("done:") {
        return Some(Held::Other);
    }
    let mut parts = rest.splitn(3, ':');
    let (what, account, more) = (parts.next()?, AccountId(simple(parts.next()?)?), parts.next());
    let conversation = || simple(more?).map(ConversationId);
    Some(match (what, more) {
        ("settings", None) => Held::Doc(DocKey::Settings(account)),
        ("presence", None) => Held::Doc(DocKey::Presence(account)),
        ("conversation", Some(_)) => Held::Doc(DocKey::Conversation(account, conversation()?)),
        ("letter", Some(id)) => Held::Doc(DocKey::Letter(account, id.parse().ok()?)),
        ("note", Some(id)) => Held::Doc(DocKey::Note(account, NoteId(simple(id)?))),
        ("edges", None) => Held::Stream(Stream::Edges(account)),
        ("audit", None) => Held::Stream(Stream::Audit(account)),
        ("messages", Some(_)) => Held::Stream(Stream::Messages(account, conversation()?)),
        ("entries", Some(_)) => Held::Stream(Stream::Entries(account, conversation()?)),
        ("attention", None) => Held::Attention(account),
        ("inbox-counts", None) => Held::InboxCounts(account),
        ("letters", None) => Held::Letters(account),
        ("decisions", Some(id)) => Held::Decisions(account, OperatorId(simple(id)?)),
        ("inbox" | "joined" | "joined-counts" | "search" | "letter-rows" | "letters", _) => Held::Other,
        _ => return None,
    })
}

fn simple(text: &str) -> Option<Uuid> {
    Uuid::try_parse(text).ok().filter(|_| text.len() == 32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::LetterId;

    #[test]
    fn what_stands_under_a_key_is_read_from_it() {
        let (account, operator) = (AccountId(Uuid::from_u128(1)), OperatorId(Uuid::from_u128(2)));
        let id = ConversationId(Uuid::from_u128(3));
        let letter = LetterId { conversation: id, episode: 4, operator };
        for key in [
            DocKey::Settings(account),
            DocKey::Presence(account),
            DocKey::Conversation(account, id),
            DocKey::Letter(account, letter),
            DocKey::Note(account, NoteId(Uuid::from_u128(5))),
        ] {
            assert_eq!(held(&doc(&key)), Some(Held::Doc(key)));
        }
        let streams = [
            Stream::Edges(account),
            Stream::Audit(account),
            Stream::Messages(account, id),
            Stream::Entries(account, id),
        ];
        for of in streams {
            assert_eq!(held(&stream(of)), Some(Held::Stream(of)));
        }
        assert_eq!(held(&attention(account)), Some(Held::Attention(account)));
        assert_eq!(held(&inbox_counts(account)), Some(Held::InboxCounts(account)));
        assert_eq!(held(&letters(account)), Some(Held::Letters(account)));
        assert_eq!(held(&decisions(account, operator)), Some(Held::Decisions(account, operator)));
        let others = [
            inbox(account),
            format!("{}:served:", inbox(account)),
            format!("{}x", joined(account)),
            format!("{}x", joined_counts(account)),
            search(account),
            letter_rows(account),
            letters_of_operator(account, operator),
            letters_of_conversation(account, id),
            format!("{}sent", letters_of_state(account)),
            RECORDS.to_owned(),
            bucket("x"),
        ];
        assert!(others.iter().all(|key| held(key) == Some(Held::Other)), "{others:?}");
        assert!(["", "foreign", "{x", "{d1}:what:1", "{d1}:settings:1"].iter().all(|key| held(key).is_none()));
    }

    /// A tag that moved would lose what is stored under it: the numbers are spelled out.
    #[test]
    fn an_accounts_tag_never_moves() {
        let tags =
            [0, 1, 2, u128::MAX, 0x0192_0000_7000_8000_0000_0000_0001].map(|n| tag(AccountId(Uuid::from_u128(n))));
        assert_eq!(tags, [101, 50, 127, 85, 5]);
    }

    #[test]
    fn accounts_are_spread_over_all_tags() {
        let tags: std::collections::BTreeSet<u64> = (0..2_000).map(|n| tag(AccountId(Uuid::from_u128(n)))).collect();
        assert_eq!(tags.len() as u64, TAGS);
    }

    #[test]
    fn each_key_of_an_account_bears_its_tag_and_only_that() {
        let account = AccountId(Uuid::from_u128(1));
        let id = "00000000000000000000000000000001";
        assert_eq!(doc(&DocKey::Settings(account)), format!("{{d50}}:settings:{id}"));
        assert_eq!(stream(Stream::Edges(account)), format!("{{d50}}:edges:{id}"));
        assert_eq!(hints(account, 3), "{d50}:hints:3");
    }
}
