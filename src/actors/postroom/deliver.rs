//! One letter's way: looked at again, written, carried, and what became of it.
//!
//! `sending` is durable before the first byte of the body leaves, in a commit that is guarded by everything the decision
//! looked at (rules E4, N9). So a failure before it is retried, and one after it is `uncertain`.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::join;
use tracing::{info, warn};

use super::Done;
use super::claims::Whose;
use super::hands::Turn;
use super::hold::{Hold, is_our_log_in};
use super::learn::{Lesson, settle_and_learn};
use super::tries::{Lost, Ran, Tried, until_answered, until_first};
use crate::actors::account::LetterMoved;
use crate::actors::directory::Accounts;
use crate::actors::host::{ASK_AGAIN, Host};
use crate::actors::shell::settle;
use crate::domain::account::{Account, Operator};
use crate::domain::conversation::message::Message;
use crate::domain::conversation::thread::Conversation;
use crate::domain::ids::{AccountId, LetterId};
use crate::domain::notice::judge::{Case, objection_to_sending};
use crate::domain::notice::letter::{Attempt, BODIES_MAX, Claim, Letter, LetterState, Pauses};
use crate::domain::time::Timestamp;
use crate::ports::bus::Carried;
use crate::ports::journal::{DocKey, StoreError, Stream, Token};
use crate::ports::postman::{Delivery, LetterFacts, Phase, Postman, Refusal, Scribe, Written};
use crate::ports::record::decode;
use crate::ports::{figures, outbox};

/// Who does the work for the postroom.
pub(super) struct Counter {
    pub(super) host: Arc<Host>,
    pub(super) accounts: Accounts,
    pub(super) postman: Arc<dyn Postman>,
    pub(super) scribe: Arc<dyn Scribe>,
    pub(super) pauses: Pauses,
    pub(super) hold: Mutex<Hold>,
}

/// Everything about a letter, as of one moment.
struct Desk {
    account_id: AccountId,
    letter: Letter,
    token: Token,
    reads: Vec<(DocKey, Option<Token>)>,
    account: Arc<Account>,
    settings_token: Token,
    conversation: Arc<Conversation>,
}

/// What to do with a letter that is due.
enum Way {
    /// Nothing: somebody else's, finished, or not yet.
    Leave,
    /// Its state changes without a try.
    Mark(LetterState, Option<Timestamp>, String),
    /// The relay took it, and the store has forgotten that.
    Taken(Attempt),
    /// It is tried.
    Try(Operator),
}

impl Counter {
    /// Works on one letter until something is known about it.
    pub(super) async fn deliver(&self, account: AccountId, id: LetterId, turn: &Turn) -> Done {
        match until_first(async || self.deliver_once(account, id, turn).await).await {
            Ran::Done(state) => {
                figures::letter_is(state.as_str());
                info!(%account, letter = %id, state = state.as_str(), "a letter's state changed");
                self.accounts.tell(account, LetterMoved { letter: id, state }).await;
                Done::Something
            }
            Ran::Nothing => Done::Nothing,
            Ran::GaveUp(why) => {
                warn!(%account, letter = %id, %why, "a letter has to wait");
                tokio::time::sleep(ASK_AGAIN).await;
                if let Err(why) = self.give_back(account, id).await {
                    warn!(%account, letter = %id, %why, "a letter waits until its claim has lapsed");
                }
                Done::Nothing
            }
        }
    }

    /// A letter that was claimed and not tried is free again: until its claim's end nobody would look at it, this node neither.
    async fn give_back(&self, account: AccountId, id: LetterId) -> Result<(), StoreError> {
        let key = DocKey::Letter(account, id);
        while let Some((mut letter, token)) = self.found(key).await?
            && self.holds(letter.claim, letter.state)
        {
            (letter.claim, letter.next_attempt_at) = (None, Some(self.host.now()));
            let (commit, _) = outbox::put(account, &letter, token, vec![(key, Some(token))]);
            if settle(&*self.host.store, commit).await {
                break;
            }
        }
        Ok(())
    }

    async fn deliver_once(&self, account: AccountId, id: LetterId, turn: &Turn) -> Result<Option<LetterState>, Lost> {
        if turn.is_over() {
            // Its answer lost a race; if it is to be tried again, a later look finds it.
            return Ok(None);
        }
        let Some(mut desk) = self.load(account, id).await? else { return Ok(None) };
        match self.way(&desk) {
            Way::Leave => Ok(None),
            Way::Mark(state, next, why) => {
                let attempt = Attempt::without_a_server(self.host.now(), &why);
                let letter = desk.letter.moved(state, next, Some(attempt));
                self.commit(&desk, &letter).await?;
                Ok(Some(state))
            }
            Way::Taken(attempt) => {
                let letter = desk.letter.moved(LetterState::Sent, None, Some(attempt));
                self.commit(&desk, &letter).await?;
                Ok(Some(LetterState::Sent))
            }
            Way::Try(operator) => {
                if let Some((_, told)) = self.host.taken.letter(&desk.letter) {
                    // What the relay has taken already is not told twice (rule N6).
                    desk.letter.seqs.retain(|seq| !told.contains(seq));
                }
                self.attempt(desk, &operator, turn).await.map(Some)
            }
        }
    }

    async fn load(&self, account_id: AccountId, id: LetterId) -> Result<Option<Desk>, Lost> {
        let keys = [
            DocKey::Letter(account_id, id),
            DocKey::Conversation(account_id, id.conversation),
            DocKey::Settings(account_id),
        ];
        let found = self.host.store.load(keys.to_vec()).await?;
        let reads = keys.iter().copied().zip(found.iter().map(|s| s.as_ref().map(|s| s.token))).collect();
        let (Some(letter), Some(conversation), Some(settings)) = (&found[0], &found[1], &found[2]) else {
            return Ok(None);
        };
        Ok(Some(Desk {
            account_id,
            letter: decode(&letter.state)?,
            token: letter.token,
            reads,
            account: Arc::new(decode(&settings.state)?),
            settings_token: settings.token,
            conversation: Arc::new(decode(&conversation.state)?),
        }))
    }

    /// Asks again before each attempt (rule N9).
    fn way(&self, desk: &Desk) -> Way {
        let (letter, now) = (&desk.letter, self.host.now());
        match (self.whose(letter.claim, letter.next_attempt_at), letter.state) {
            (Whose::Others, _) | (Whose::Ours, LetterState::Sending) => return Way::Leave,
            // Only the node that wrote this knows how it went on; if that is gone, nobody does.
            (Whose::Nobodys, LetterState::Sending) => {
                let what = "the server stopped while the letter was on its way".to_owned();
                return Way::Mark(LetterState::Uncertain, self.repeat_of(letter, now), what);
            }
            (Whose::Ours | Whose::Nobodys, _) => {}
        }
        // What the store has forgotten may have gone on since: a letter under this name tells of more than the one that was taken.
        if let Some((attempt, told)) = self.host.taken.letter(letter)
            && letter.seqs.iter().all(|seq| told.contains(seq))
        {
            return Way::Taken(attempt);
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
        if letter.is_too_old(now, &self.pauses) {
            // Nobody took the repeat; the first copy may have arrived all the same.
            let state = match letter.state {
                LetterState::Uncertain => LetterState::Uncertain,
                _ => LetterState::Expired,
            };
            return Way::Mark(state, None, "nobody took it in time".to_owned());
        }
        Way::Try(operator.clone())
    }

    async fn attempt(&self, mut desk: Desk, operator: &Operator, turn: &Turn) -> Result<LetterState, Lost> {
        let at = self.host.now();
        let Written { envelope, raw } = match self.written(&desk, operator).await? {
            Ok(written) => written,
            Err(why) => {
                let letter = desk.letter.moved(LetterState::Failed, None, Some(Attempt::without_a_server(at, &why)));
                self.commit(&desk, &letter).await?;
                return Ok(LetterState::Failed);
            }
        };
        // Where it goes to now, however the try ends (rule D3).
        desk.letter.to.clone_from(&operator.email);
        if let Some(claim) = self.claim_to_knock() {
            self.claim(&mut desk, claim).await?;
        }
        let opened = self.postman.open(envelope).await;
        let held_until = self.look_at_the_relay(opened.as_ref().map(drop), at);
        let ready = match opened {
            Ok(ready) => ready,
            Err(refusal) => return self.record(desk, at, refusal.into(), held_until, turn).await,
        };
        let mut sending = desk.letter.clone();
        sending.state = LetterState::Sending;
        sending.raw = Some(raw.clone());
        sending.bodies += 1;
        let (claim, look_at) = self.claim_to_send(at);
        sending.claim = Some(claim);
        sending.next_attempt_at = Some(look_at);
        // A race that is lost here costs a connection; nothing of the letter has left.
        let token = self.commit(&desk, &sending).await?;
        let moved = LetterMoved { letter: sending.id, state: LetterState::Sending };
        let told = self.accounts.tell(desk.account_id, moved);
        let (delivery, ()) = join(ready.send(raw.into_bytes().into()), told).await;
        self.record(Desk { letter: sending, token, ..desk }, at, delivery, None, turn).await
    }

    /// From now on other nodes leave the letter alone.
    async fn claim(&self, desk: &mut Desk, claim: Claim) -> Result<(), Lost> {
        let mut claimed = desk.letter.clone();
        claimed.claim = Some(claim);
        claimed.next_attempt_at = Some(claim.until);
        let token = self.commit(desk, &claimed).await?;
        let key = DocKey::Letter(desk.account_id, claimed.id);
        desk.reads.iter_mut().filter(|(read, _)| *read == key).for_each(|(_, at)| *at = Some(token));
        (desk.letter, desk.token) = (claimed, token);
        Ok(())
    }

    /// Whether the relay lets us in at all is of the whole node, not of this letter: one that does not holds the queue (rule D5).
    /// Until when, if so.
    pub(super) fn look_at_the_relay(&self, opened: Result<(), &Refusal>, began_at: Timestamp) -> Option<Timestamp> {
        let now = self.host.now();
        let refusal = opened.err().map(Refusal::reply);
        if let Some(reply) = refusal.filter(|reply| reply.phase <= Phase::Auth || is_our_log_in(reply)) {
            let held_until = self.hold().on_shut(began_at, now, &self.pauses)?;
            if is_our_log_in(reply) {
                self.host.board.on_relay_refused_us(began_at);
            } else {
                self.host.board.on_relay_away(began_at);
            }
            return Some(held_until);
        }
        self.host.board.on_relay_let_us_in();
        self.hold().on_let_in(now);
        None
    }

    pub(super) fn hold(&self) -> MutexGuard<'_, Hold> {
        self.hold.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The letter's bytes: those of an earlier try where its outcome is unknown, else written now.
    async fn written(&self, desk: &Desk, operator: &Operator) -> Result<Result<Written, String>, Lost> {
        let facts = LetterFacts {
            letter: desk.letter.clone(),
            account: Arc::clone(&desk.account),
            operator: operator.clone(),
            conversation: Arc::clone(&desk.conversation),
            messages: self.messages(desk).await?,
        };
        let written = self.scribe.write(facts).await;
        Ok(written.map(|written| match &desk.letter.raw {
            Some(raw) if desk.letter.state == LetterState::Uncertain => Written { raw: raw.clone(), ..written },
            _ => written,
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

    /// What became of a try. The turn ends when that is on its way into the store, before what the next letter of the turn
    /// writes: however many are being written down, of those that the relay has taken no more than there are turns are without
    /// their answer in the store, and so would be sent again after a crash (rule E4).
    async fn record(
        &self,
        desk: Desk,
        at: Timestamp,
        delivery: Delivery,
        held_until: Option<Timestamp>,
        turn: &Turn,
    ) -> Result<LetterState, Lost> {
        let written_down = self.write_down(desk, at, &delivery, held_until);
        // In this order: the first is asked to begin before the second.
        join(written_down, async { turn.end() }).await.0
    }

    /// Writes down what became of a try, and what it says of the address. Retried until it is durable: it must not be forgotten.
    async fn write_down(
        &self,
        desk: Desk,
        at: Timestamp,
        delivery: &Delivery,
        held_until: Option<Timestamp>,
    ) -> Result<LetterState, Lost> {
        figure(delivery);
        let tried = Tried::of(desk.letter.state, desk.letter.bodies);
        let attempt = Attempt::answered(at, delivery.reply());
        let (account, key) = (desk.account_id, DocKey::Letter(desk.account_id, desk.letter.id));
        self.remember(account, Carried::Letter(desk.letter.id), delivery, &attempt, desk.letter.seqs.clone());
        let (mut letter, mut token) = (desk.letter, desk.token);
        let mut read = Some((&*desk.account, desk.settings_token));
        loop {
            let mut after = self.after(&letter, tried.is_sent, &attempt, delivery);
            if let (Some(_), Some(held_until)) = (after.next_attempt_at, held_until) {
                // Nothing of this was the letter's own: it goes on when the queue does.
                after.next_attempt_at = Some(held_until);
            }
            let (commit, _) = outbox::put(account, &after, token, vec![(key, Some(token))]);
            let lesson = Lesson { to: &after.to, delivery, attempt: &attempt };
            if settle_and_learn(&self.host, &self.accounts, account, commit, &lesson, read.take()).await {
                return Ok(after.state);
            }
            let found = self.found(key).await?;
            let waits = |(found, at): &(Letter, Token)| *at == token || tried.is_awaited(found.state, found.bodies);
            (letter, token) = found.filter(waits).ok_or(Lost::Race)?;
        }
    }

    /// A shared store may fail over and forget what the relay has taken: the nodes do not. `seqs`: the messages that it told.
    pub(super) fn remember(
        &self,
        account: AccountId,
        what: Carried,
        delivery: &Delivery,
        attempt: &Attempt,
        seqs: Vec<u64>,
    ) {
        if matches!(delivery, Delivery::Accepted(_)) && self.host.store.is_shared() {
            self.host.bus.tell(self.host.taken.remember(account, what, attempt.clone(), seqs));
        }
    }

    /// The letter after a try that was answered so.
    fn after(&self, letter: &Letter, is_sent: bool, attempt: &Attempt, delivery: &Delivery) -> Letter {
        let now = self.host.now();
        let refused = |for_good| letter.refused(attempt.clone(), for_good, is_sent, now, &self.pauses);
        match delivery {
            Delivery::Accepted(_) => letter.moved(LetterState::Sent, None, Some(attempt.clone())),
            Delivery::Never(_) => refused(true),
            Delivery::Later(_) => refused(false),
            Delivery::Unknown(_) => {
                letter.moved(LetterState::Uncertain, self.repeat_of(letter, now), Some(attempt.clone()))
            }
        }
    }

    /// The letter as it is now, with its token. An answer waits for it.
    async fn found(&self, key: DocKey) -> Result<Option<(Letter, Token)>, StoreError> {
        let stored = until_answered(async || self.host.store.load(vec![key]).await).await?.pop().flatten();
        stored.map(|stored| Ok((decode(&stored.state)?, stored.token))).transpose()
    }

    /// When a letter of unknown outcome is sent once more; `None`: it was already (rule E4).
    fn repeat_of(&self, letter: &Letter, now: Timestamp) -> Option<Timestamp> {
        (letter.bodies < BODIES_MAX).then_some(now + self.pauses.uncertain_wait)
    }

    /// Writes the letter, guarded by everything that was looked at.
    async fn commit(&self, desk: &Desk, letter: &Letter) -> Result<Token, Lost> {
        let (commit, token) = outbox::put(desk.account_id, letter, desk.token, desk.reads.clone());
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
