//! One letter's way: looked at again, written, carried, and what became of it.
//!
//! `sending` is durable before the first byte of the body leaves, in a commit that is guarded by everything the decision
//! looked at (rules E4, N9). So a failure before it is retried, and one after it is `uncertain`.

use std::sync::Arc;
use std::time::Duration;

use tracing::{info, warn};

use super::PostroomSettings;
use crate::actors::account::LetterMoved;
use crate::actors::directory::Accounts;
use crate::actors::host::Host;
use crate::actors::shell::settle;
use crate::domain::account::{Account, Operator};
use crate::domain::conversation::message::Message;
use crate::domain::conversation::thread::Conversation;
use crate::domain::ids::{AccountId, LetterId};
use crate::domain::notice::judge::{Case, objection_to_sending};
use crate::domain::notice::letter::{Attempt, BODIES_MAX, Claim, Letter, LetterState};
use crate::domain::time::{Span, Timestamp};
use crate::ports::figures;
use crate::ports::journal::{Commit, DocKey, IndexOp, LetterRow, StoreError, Stream, Token, Write};
use crate::ports::postman::{Delivery, Envelope, LetterFacts, Phase, Postman, Refusal, Reply, Scribe};
use crate::ports::record::{decode, encode, mint};

/// The longest pause between two tries.
const RETRY_MAX: Span = Span::from_secs(3_600);
/// How long a claim holds: longer than the longest conversation with a relay.
pub(super) const CLAIM: Span = Span::from_secs(1_200);
/// How often a lost race is run again before the letter waits for the next look.
const RACES_MAX: usize = 8;

/// Who does the work for the postroom.
pub(super) struct Counter {
    pub(super) host: Arc<Host>,
    pub(super) accounts: Accounts,
    pub(super) postman: Arc<dyn Postman>,
    pub(super) scribe: Arc<dyn Scribe>,
    pub(super) settings: PostroomSettings,
}

/// Everything about a letter, as of one moment.
struct Desk {
    account_id: AccountId,
    letter: Letter,
    token: Token,
    reads: Vec<(DocKey, Option<Token>)>,
    account: Account,
    conversation: Conversation,
}

/// What to do with a letter that is due.
enum Way {
    /// Nothing: somebody else's, finished, or not yet.
    Leave,
    /// Its state changes without a try.
    Mark(LetterState, Option<Timestamp>, String),
    /// It is tried.
    Try(Operator),
}

impl Counter {
    /// Works on one letter until something is known about it.
    pub(super) async fn deliver(&self, account: AccountId, id: LetterId) {
        for _ in 0..RACES_MAX {
            match self.deliver_once(account, id).await {
                Ok(Some(state)) => {
                    figures::letter_is(state.as_str());
                    info!(%account, letter = %id, state = state.as_str(), "a letter's state changed");
                    self.accounts.tell(account, LetterMoved { letter: id, state }).await;
                    return;
                }
                Ok(None) => return,
                Err(Lost::Race) => {}
                Err(Lost::Store(why)) => {
                    warn!(%account, letter = %id, %why, "a letter has to wait for the store");
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    return;
                }
            }
        }
    }

    async fn deliver_once(&self, account: AccountId, id: LetterId) -> Result<Option<LetterState>, Lost> {
        let Some(desk) = self.load(account, id).await? else { return Ok(None) };
        match self.way(&desk) {
            Way::Leave => Ok(None),
            Way::Mark(state, next, why) => {
                let now = self.host.now();
                let attempt = Attempt { at: now, server: None, reply: why, class: None };
                let letter = moved(&desk.letter, state, next, Some(attempt));
                self.commit(&desk, &letter, true).await?;
                Ok(Some(state))
            }
            Way::Try(operator) => self.attempt(desk, &operator).await.map(Some),
        }
    }

    async fn load(&self, account_id: AccountId, id: LetterId) -> Result<Option<Desk>, Lost> {
        let keys = [
            DocKey::Letter(account_id, id),
            DocKey::Conversation(account_id, id.conversation),
            DocKey::Presence(account_id),
            DocKey::Settings(account_id),
        ];
        let found = self.host.store.load(keys.to_vec()).await?;
        let reads = keys.iter().copied().zip(found.iter().map(|s| s.as_ref().map(|s| s.token))).collect();
        let (Some(letter), Some(conversation), Some(settings)) = (&found[0], &found[1], &found[3]) else {
            return Ok(None);
        };
        Ok(Some(Desk {
            account_id,
            letter: decode(&letter.state)?,
            token: letter.token,
            reads,
            account: decode(&settings.state)?,
            conversation: decode(&conversation.state)?,
        }))
    }

    /// Asks again before each attempt (rule N9).
    fn way(&self, desk: &Desk) -> Way {
        let (letter, now) = (&desk.letter, self.host.now());
        if letter.next_attempt_at.is_none_or(|at| at > now) {
            return Way::Leave;
        }
        if letter.state == LetterState::Sending {
            // Only the node that wrote this knows how it went on; if that is a former run, nobody does.
            return match letter.claim {
                Some(claim) if claim.node == self.host.node => Way::Leave,
                _ => Way::Mark(
                    LetterState::Uncertain,
                    self.repeat_of(letter, now),
                    "the server stopped while the letter was on its way".to_owned(),
                ),
            };
        }
        let state = desk.conversation.present().state;
        let case = Case {
            conversation: desk.conversation.id,
            group: desk.conversation.group,
            state: &state,
            account: &desk.account,
            delays: &self.host.delays,
            kind: letter.kind,
        };
        if let Some(reason) = objection_to_sending(&case, letter) {
            return Way::Mark(LetterState::NoLongerNeeded, None, reason.code.as_str().to_owned());
        }
        let Some(operator) = desk.account.operator(letter.id.operator) else { return Way::Leave };
        if letter.state == LetterState::Uncertain && operator.email != letter.to {
            // D3: what may have arrived at the old address is not repeated at the new one.
            return Way::Mark(LetterState::Uncertain, None, "the address changed meanwhile".to_owned());
        }
        if now - letter.created_at > self.settings.expire {
            return Way::Mark(LetterState::Expired, None, "nobody took it in time".to_owned());
        }
        Way::Try(operator.clone())
    }

    async fn attempt(&self, desk: Desk, operator: &Operator) -> Result<LetterState, Lost> {
        let at = self.host.now();
        let (envelope, raw) = match self.written(&desk, operator).await? {
            Ok(written) => written,
            Err(why) => {
                let attempt = Attempt { at, server: None, reply: why, class: None };
                let letter = moved(&desk.letter, LetterState::Failed, None, Some(attempt));
                self.commit(&desk, &letter, true).await?;
                return Ok(LetterState::Failed);
            }
        };
        let opened = self.postman.open(envelope.clone()).await;
        self.note_the_log_in(opened.as_ref().map(drop), at);
        let ready = match opened {
            Ok(ready) => ready,
            Err(refusal) => return self.record(desk, at, refusal.into()).await,
        };
        let mut sending = desk.letter.clone();
        sending.state = LetterState::Sending;
        sending.to = operator.email.clone();
        sending.raw = Some(raw.clone());
        sending.bodies += 1;
        sending.claim = Some(Claim { node: self.host.node, until: at + CLAIM });
        sending.next_attempt_at = Some(at);
        // A race that is lost here costs a connection; nothing of the letter has left.
        let token = self.commit(&desk, &sending, true).await?;
        self.accounts.tell(desk.account_id, LetterMoved { letter: sending.id, state: LetterState::Sending }).await;
        let delivery = ready.send(raw.into_bytes().into()).await;
        self.record(Desk { letter: sending, token, ..desk }, at, delivery).await
    }

    /// Whether the relay lets us in at all is of the whole node, not of this letter.
    pub(super) fn note_the_log_in(&self, opened: Result<(), &Refusal>, at: Timestamp) {
        match opened.map_err(Refusal::reply) {
            Err(reply) if reply.phase == Phase::Auth && reply.code.is_some_and(|code| code >= 500) => {
                self.host.board.on_relay_refused_us(at);
            }
            Err(reply) if reply.phase <= Phase::Auth => {}
            _ => self.host.board.on_relay_let_us_in(),
        }
    }

    /// The letter's bytes: those of an earlier try where its outcome is unknown, else written now.
    async fn written(&self, desk: &Desk, operator: &Operator) -> Result<Result<(Envelope, String), String>, Lost> {
        let messages = self.messages(desk).await?;
        let facts = LetterFacts {
            letter: &desk.letter,
            account: &desk.account,
            operator,
            conversation: &desk.conversation,
            messages,
        };
        let written = self.scribe.write(&facts);
        Ok(written.map(|written| match &desk.letter.raw {
            Some(raw) if desk.letter.state == LetterState::Uncertain => (written.envelope, raw.clone()),
            _ => (written.envelope, written.raw),
        }))
    }

    async fn messages(&self, desk: &Desk) -> Result<Vec<Message>, Lost> {
        let (Some(first), Some(last)) = (desk.letter.seqs.first(), desk.letter.seqs.last()) else {
            return Ok(Vec::new());
        };
        let stream = Stream::Messages(desk.account_id, desk.letter.id.conversation);
        let count = usize::try_from(last - first + 1).unwrap_or(usize::MAX);
        let entries = self.host.store.read(stream, first - 1, count).await?;
        let told = entries.into_iter().filter(|(seq, _)| desk.letter.seqs.contains(seq));
        Ok(told.map(|(_, entry)| decode(&entry)).collect::<Result<_, _>>()?)
    }

    /// What became of a try. Retried until it is durable: it must not be forgotten.
    async fn record(&self, mut desk: Desk, at: Timestamp, delivery: Delivery) -> Result<LetterState, Lost> {
        figure(&delivery);
        let (letter, now) = (&mut desk.letter, self.host.now());
        let (state, next) = match &delivery {
            Delivery::Accepted(_) => (LetterState::Sent, None),
            Delivery::Never(_) => (LetterState::Failed, None),
            Delivery::Later(_) => {
                if letter.state == LetterState::Sending {
                    // A body that was refused is none that may have arrived.
                    letter.bodies = letter.bodies.saturating_sub(1);
                }
                // The one before it may have: that is not forgotten, however this try went.
                let state = if letter.bodies > 0 { LetterState::Uncertain } else { LetterState::Deferred };
                (state, Some(now + self.pause(&letter.attempts)))
            }
            Delivery::Unknown(_) => (LetterState::Uncertain, self.repeat_of(letter, now)),
        };
        let letter = moved(&desk.letter, state, next, Some(attempt_of(at, delivery.reply())));
        self.commit(&desk, &letter, false).await?;
        Ok(state)
    }

    /// When a letter of unknown outcome is sent once more; `None`: it was already (rule E4).
    fn repeat_of(&self, letter: &Letter, now: Timestamp) -> Option<Timestamp> {
        (letter.bodies < BODIES_MAX).then_some(now + self.settings.uncertain_wait)
    }

    pub(super) fn pause(&self, attempts: &[Attempt]) -> Span {
        let doublings = attempts.len().min(16);
        let pause = Span(self.settings.retry_initial.0.saturating_mul(1 << doublings));
        // A setting above the longest pause is what its owner wants.
        pause.min(RETRY_MAX.max(self.settings.retry_initial))
    }

    /// Writes the letter's row; guarded by everything that was looked at, or by the row alone.
    async fn commit(&self, desk: &Desk, letter: &Letter, guarded: bool) -> Result<Token, Lost> {
        let key = DocKey::Letter(desk.account_id, letter.id);
        let token = mint(Some(desk.token));
        let reads = if guarded { desk.reads.clone() } else { vec![(key, Some(desk.token))] };
        let row = LetterRow {
            state: letter.state.as_str().to_owned(),
            due: letter.next_attempt_at,
            created_at: letter.created_at,
        };
        let commit = Commit {
            reads,
            writes: vec![Write { key, token, state: encode(letter) }],
            indexes: vec![(desk.account_id, IndexOp::Letter(letter.id, row))],
            ..Commit::default()
        };
        if settle(&*self.host.store, commit).await { Ok(token) } else { Err(Lost::Race) }
    }
}

/// Counts what the relay said.
pub(super) fn figure(delivery: &Delivery) {
    figures::relay_answered(match delivery {
        Delivery::Accepted(_) => "accepted",
        Delivery::Never(_) => "never",
        Delivery::Later(_) => "later",
        Delivery::Unknown(_) => "unknown",
    });
}

fn moved(letter: &Letter, state: LetterState, next: Option<Timestamp>, attempt: Option<Attempt>) -> Letter {
    let mut moved = letter.clone();
    moved.state = state;
    moved.claim = None;
    moved.next_attempt_at = next;
    moved.attempts.extend(attempt);
    moved
}

pub(super) fn attempt_of(at: Timestamp, reply: &Reply) -> Attempt {
    Attempt { at, server: reply.server.clone(), reply: reply.text.clone(), class: None }
}

/// Why a try came to nothing.
enum Lost {
    /// Something changed meanwhile: look again.
    Race,
    /// The store is away.
    Store(StoreError),
}

impl From<StoreError> for Lost {
    fn from(why: StoreError) -> Self {
        Self::Store(why)
    }
}
