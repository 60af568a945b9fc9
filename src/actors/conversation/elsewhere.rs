//! What other nodes did to the conversation: read, and told to those who are here.

use std::sync::Arc;

use actix::{Context, Handler, Message};

use super::ConversationActor;
use super::announce::{Change, visitor_news};
use crate::actors::api::ToLobby;
use crate::actors::shell;
use crate::domain::conversation::live::Live;
use crate::domain::conversation::message::Message as Said;
use crate::domain::conversation::outcome::Outcome;
use crate::domain::conversation::step::Tracking;
use crate::domain::conversation::thread::Conversation;
use crate::domain::ids::{AccountId, LetterId};
use crate::domain::news::VisitorNews;
use crate::domain::notice::letter::{Letter, LetterState};
use crate::domain::time::Timestamp;
use crate::ports::journal::{DocKey, Store, StoreError, Stream, Token};
use crate::ports::record::decode;

/// How many messages, and entries of the record, are told at once at the most: the newest. A client that missed more asks.
const MISSED_MAX: usize = 200;

/// What is to be told by an actor that has told nothing yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unsaid {
    /// Messages from this place on.
    From(u64),
    /// Messages since then.
    Since(Timestamp),
}

/// Another node wrote the conversation.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct WrittenElsewhere {
    /// Its version since.
    pub token: Token,
    /// The place of the first message of that commit.
    pub said_from: Option<u64>,
}

impl Handler<WrittenElsewhere> for ConversationActor {
    type Result = ();

    fn handle(&mut self, written: WrittenElsewhere, ctx: &mut Context<Self>) {
        let WrittenElsewhere { token, said_from } = written;
        self.hearsay.on_version(0, token);
        if self.read.is_none()
            && let Some(seq) = said_from
        {
            self.unsaid = Some(match self.unsaid {
                Some(Unsaid::From(first)) => Unsaid::From(first.min(seq)),
                Some(since) => since,
                None => Unsaid::From(seq),
            });
        }
        shell::pump(self, ctx);
    }
}

/// Somebody may have written it unheard.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct MaybeWritten {
    /// Since when.
    pub since: Timestamp,
}

impl Handler<MaybeWritten> for ConversationActor {
    type Result = ();

    fn handle(&mut self, MaybeWritten { since }: MaybeWritten, ctx: &mut Context<Self>) {
        if self.read.is_none() {
            self.unsaid.get_or_insert(Unsaid::Since(since));
        } else {
            self.hearsay.on_rumour();
        }
        shell::pump(self, ctx);
    }
}

/// What is to be read beside the documents.
pub(super) struct Missing {
    said_after: Option<u64>,
    said_since: Option<Timestamp>,
    entries_after: Option<u64>,
    /// Whether a socket of the visitor is here that has been told nothing at all.
    from_the_first: bool,
}

/// What others said and settled since the former reading.
#[derive(Default)]
pub(super) struct Missed {
    said: Vec<Said>,
    /// Everything that was said, where that was asked for.
    all: Option<Vec<Said>>,
    record: Vec<Outcome>,
    /// Letters that are in another state than the conversation tells.
    pub(super) letters: Vec<(LetterId, LetterState)>,
}

impl Missing {
    pub(super) async fn read(
        self,
        store: &dyn Store,
        account: AccountId,
        doc: &Conversation,
    ) -> Result<Missed, StoreError> {
        let mut missed = Missed::default();
        let is_new = |after: Option<u64>, last: u64| after.is_some_and(|after| after < last);
        missed.all = self.from_the_first.then(Vec::new);
        if is_new(self.said_after, doc.last_seq) || (self.from_the_first && doc.last_seq > 0) {
            let stream = Stream::Messages(account, doc.id);
            for (seq, entry) in store.read_back(stream, doc.last_seq + 1, MISSED_MAX).await? {
                let message: Said = decode(&entry)?;
                missed.all.iter_mut().for_each(|all| all.push(message.clone()));
                if self.said_after.is_some_and(|after| seq > after)
                    && self.said_since.is_none_or(|since| message.at >= since)
                {
                    missed.said.push(message);
                }
            }
        }
        if is_new(self.entries_after, doc.entries) {
            let stream = Stream::Entries(account, doc.id);
            for (position, entry) in store.read_back(stream, doc.entries + 1, MISSED_MAX).await? {
                if self.entries_after.is_some_and(|after| position > after) {
                    missed.record.push(decode(&entry)?);
                }
            }
        }
        missed.letters = letters_behind(store, account, doc).await?;
        Ok(missed)
    }
}

/// Letters of which the conversation has not been told what became of them: the node that carried them may have died before it
/// could.
async fn letters_behind(
    store: &dyn Store,
    account: AccountId,
    doc: &Conversation,
) -> Result<Vec<(LetterId, LetterState)>, StoreError> {
    let is_under_way = |state: LetterState| {
        matches!(state, LetterState::Queued | LetterState::Sending | LetterState::Deferred | LetterState::Uncertain)
    };
    let open: Vec<_> = doc.letters.iter().copied().filter(|(_, state)| is_under_way(*state)).collect();
    if open.is_empty() {
        return Ok(Vec::new());
    }
    let found = store.load(open.iter().map(|(id, _)| DocKey::Letter(account, *id)).collect()).await?;
    let mut behind = Vec::new();
    for ((id, told), stored) in open.into_iter().zip(found) {
        let Some(stored) = stored else { continue };
        let letter: Letter = decode(&stored.state)?;
        if letter.state != told {
            behind.push((id, letter.state));
        }
    }
    Ok(behind)
}

impl ConversationActor {
    /// Whether somebody else has written it since it was read.
    pub(super) fn is_behind(&self) -> bool {
        let known = self.read.as_ref().and_then(Option::as_ref).map(|(_, token)| *token);
        self.hearsay.is_news([known])
    }

    /// What has to be read to tell what others did: since the last reading, or what this actor was started for.
    pub(super) fn missing(&self) -> Missing {
        let doc = self.document();
        let entries_after = doc.map(|doc| doc.entries);
        let (told_up_to, watched_since, from_the_first) = {
            let shared = self.shared.borrow();
            (shared.told.up_to(self.id), shared.watched_since, shared.has_strangers(self.id))
        };
        let (said_after, said_since) = match (self.unsaid, told_up_to) {
            // What an actor before this one told is not told again, and what came after it is.
            (Some(_), Some(told)) => (Some(told), Some(watched_since)),
            (Some(Unsaid::From(seq)), None) => (Some(seq.saturating_sub(1)), None),
            (Some(Unsaid::Since(since)), None) => (Some(0), Some(since)),
            (None, Some(told)) if doc.is_none() => (Some(told), Some(watched_since)),
            (None, _) => (doc.map(|doc| doc.last_seq), None),
        };
        Missing { said_after, said_since, entries_after, from_the_first }
    }

    /// Tells those who are here what others did since `was` was read.
    /// `asked`: what this actor was to tell when the reading began.
    pub(super) fn tell_what_was_missed(&mut self, was: Option<Live>, asked: Option<Unsaid>, missed: &Missed) {
        if self.unsaid == asked {
            self.unsaid = None;
        } else {
            // It was started for more than it knew when it began to read.
            self.hearsay.on_rumour();
        }
        let is_asked_to = asked.is_some() || (was.is_none() && !missed.said.is_empty());
        let Some(after) = self.document().cloned() else { return };
        self.pay_attention(&after);
        if was.is_none() && !is_asked_to {
            return;
        }
        let Some(documents) = self.documents() else { return };
        if is_asked_to {
            self.tell_running(&documents, &after);
        }
        let before = was.unwrap_or_else(|| after.clone());
        let grown = |before: u64, after: u64| (after > before).then_some(after);
        let letters = after.letters.iter().filter(|letter| !before.letters.contains(letter)).copied().collect();
        let change = Change {
            before: &before,
            after: &after,
            said: &missed.said,
            record: missed.record.iter().collect(),
            read: (grown(before.read_seq, after.read_seq), grown(before.seen_seq, after.seen_seq)),
            letters,
        };
        if !is_asked_to {
            drop(self.tell_what_ran_meanwhile(&documents, &change, |_| true));
        }
        self.tell_change(&documents, &change);
    }

    /// The visitor's sockets that came before the conversation began at another node are told of it: what was said so far, but for
    /// what all are told now, and which box is theirs (rule N13).
    pub(super) fn meet_strangers(&mut self, asked: Option<Unsaid>, missed: &Missed) {
        let (Some(doc), Some(documents)) = (self.document(), self.documents()) else { return };
        // While it was being read it was asked to tell more: the next reading tells all, and them too.
        if self.unsaid != asked || !self.shared.borrow().has_strangers(self.id) {
            return;
        }
        let Some(all) = &missed.all else {
            // They came while it was being read.
            return self.hearsay.on_rumour();
        };
        let (seats, read_seq) = (self.shared.borrow_mut().meet(self.id), doc.read_seq);
        let shared = self.shared.borrow();
        for message in all.iter().filter(|message| !missed.said.iter().any(|said| said.seq == message.seq)) {
            for news in visitor_news(self.id, &Arc::new(message.clone())) {
                shared.tell_seats(&seats, news);
            }
        }
        if read_seq > 0 {
            shared.tell_seats(&seats, VisitorNews::Read { seq: read_seq });
        }
        if doc.is_open() {
            shared.show_box(&seats, &shared.chat_of(&documents, doc.group));
        }
    }

    /// The visitor's sockets here and what is written of them agree, or are made to: another node may have given this one up, or
    /// have begun to wait for the visitor without knowing of these (rule P7).
    pub(super) fn look_at_the_sockets(&self) {
        let Some(doc) = self.document().filter(|_| self.tracking() == Tracking::Always) else { return };
        if doc.visitor_on.contains(&self.host.node) || !self.visitor_has_socket() {
            return;
        }
        // Whoever gave them up may be right: they have to prove themselves.
        let shared = self.shared.borrow();
        let slots = shared.visitors.get(&self.id).cloned().unwrap_or_default();
        for (id, lobby) in &shared.lobbies {
            let here: Vec<_> = slots.iter().filter(|(of, _)| of == id).map(|(_, slot)| *slot).collect();
            if !here.is_empty() {
                lobby.outlet.do_send(ToLobby::Prove { slots: here });
            }
        }
    }
}
