//! What an operator calls for, done: each call is one request to the account's actor, or a look into the store.

use std::sync::Arc;

use super::{House, Sentences};
use crate::actors::api::{Act, AppearOffline, Choose, Deed, Done, OperatorTypes, Reply, SocketId};
use crate::domain::account::{Account, Locale};
use crate::domain::ids::{AccountId, ConversationId, OperatorId};
use crate::domain::presence::word::Word;
use crate::domain::time::Timestamp;
use crate::edge::opening;
use crate::wire::Voice;
use crate::wire::fields::FrameId;
use crate::wire::operator_frames::{Look, OperatorCall, Receiver};
use crate::wire::server_frames;

/// Who sits behind the socket.
#[derive(Clone)]
pub(super) struct Who {
    pub(super) socket: SocketId,
    pub(super) account: AccountId,
    pub(super) operator: OperatorId,
}

/// What an operator reads in: their language and the names of their account.
#[derive(Clone)]
pub(super) struct Reader {
    pub(super) account: Arc<Account>,
    locale: Locale,
    pub(super) sentences: Sentences,
}

impl Reader {
    pub(super) fn of(account: Arc<Account>, who: &Who, sentences: Sentences) -> Self {
        let locale = account.operator(who.operator).map_or(account.locale, |operator| account.locale_of(operator));
        Self { account, locale, sentences }
    }

    /// Tells `spell` how to tell things.
    pub(super) fn spell(&self, spell: impl FnOnce(Voice<'_>) -> String) -> String {
        let (sentences, locale) = (&self.sentences, self.locale);
        spell(Voice {
            happened: &|event| (sentences.happened)(event, locale),
            reason: &|reason, kind| (sentences.reason)(reason, kind, &self.account, locale),
            notice: &|notice| (sentences.notice)(notice, &self.account, locale),
        })
    }
}

/// What came of a call.
#[derive(Default)]
pub(super) struct Performed {
    /// The answer's text, where one is wanted.
    pub(super) answer: Option<String>,
    /// Up to which message the conversation that was opened stands in it.
    pub(super) told_to: u64,
}

/// Does one call of an operator.
pub(super) struct Performer {
    pub(super) house: Arc<House>,
    pub(super) who: Who,
    pub(super) reader: Reader,
}

impl Performer {
    /// Does it, and says what is to be answered.
    pub(super) async fn perform(&self, id: Option<&FrameId>, call: Word<OperatorCall>) -> Reply<Performed> {
        let Word { what: call, at } = call;
        if let OperatorCall::Open { conversation, after, look } = call {
            let deed = if look == Look::Peeking { Deed::Peek } else { Deed::Open };
            let done = self.act(conversation, deed).await?;
            return self.opened(id, &done, after).await;
        }
        Ok(Performed { answer: self.answer(id, call, at).await?, told_to: 0 })
    }

    async fn answer(&self, id: Option<&FrameId>, call: OperatorCall, at: Timestamp) -> Reply<Option<String>> {
        let accounts = &self.house.config.accounts;
        let (account, who) = (self.who.account, &self.who);
        let (conversation, deed) = match call {
            OperatorCall::Presence(state) => {
                let state = Word { what: state, at };
                accounts.ask(account, Choose { socket: who.socket, state }).await?;
                return Ok(id.map(server_frames::ack));
            }
            OperatorCall::AppearOffline(on) => {
                let on = Word { what: on, at };
                accounts.ask(account, AppearOffline { operator: who.operator, on }).await?;
                return Ok(id.map(server_frames::ack));
            }
            OperatorCall::Typing { conversation, on } => {
                accounts.ask(account, OperatorTypes { conversation, operator: who.operator, on }).await?;
                return Ok(id.map(server_frames::ack));
            }
            OperatorCall::Read { conversation, seq } => (conversation, Deed::Read { seq }),
            OperatorCall::Join(conversation) => (conversation, Deed::Join),
            OperatorCall::Leave(conversation) => (conversation, Deed::Leave),
            OperatorCall::Close(conversation) => (conversation, Deed::Close),
            OperatorCall::Message { conversation, text, client_id } => (conversation, Deed::Write { text, client_id }),
            OperatorCall::Transfer { conversation, to: Receiver::Operator(to) } => {
                (conversation, Deed::TransferToOperator(to))
            }
            OperatorCall::Transfer { conversation, to: Receiver::Group(to) } => {
                (conversation, Deed::TransferToGroup(to))
            }
            // Answered where they come in.
            OperatorCall::Open { .. } | OperatorCall::Hello(_) | OperatorCall::Bye | OperatorCall::Ping => {
                return Ok(None);
            }
        };
        let done = self.act(conversation, deed).await?;
        Ok(id.map(|id| match done.written {
            Some((seq, at)) => server_frames::ack_written(id, conversation, seq, at),
            None => self.reader.spell(|voice| server_frames::ack_done(id, &done.view, voice)),
        }))
    }

    async fn act(&self, conversation: ConversationId, deed: Deed) -> Reply<Done> {
        let act = Act { conversation, operator: self.who.operator, deed };
        self.house.config.accounts.ask(self.who.account, act).await
    }

    async fn opened(&self, id: Option<&FrameId>, done: &Done, after: Option<u64>) -> Reply<Performed> {
        let Some(id) = id else { return Ok(Performed::default()) };
        let messages = opening::messages(&*self.house.config.store, self.who.account, &done.view, after).await?;
        let answer = self.reader.spell(|voice| server_frames::ack_opened(id, &done.view, &messages, voice));
        Ok(Performed { answer: Some(answer), told_to: done.view.last_seq })
    }
}
