//! One note's way: that of a letter (rule E4), without a conversation to ask. Every write of it is guarded by its token: of
//! several nodes, and of a try and a report that comes back meanwhile, one is first and the other looks again.

use tracing::{info, warn};

use super::Done;
use super::claims::Whose;
use super::deliver::{Counter, figure};
use super::learn::{Lesson, settle_and_learn};
use super::tries::{Lost, Ran, Tried, until_answered, until_first};
use crate::actors::host::ASK_AGAIN;
use crate::actors::shell::settle;
use crate::domain::account::Account;
use crate::domain::ids::{AccountId, NoteId};
use crate::domain::note::{Note, Person, Tidings};
use crate::domain::notice::letter::{Attempt, LetterState};
use crate::domain::time::Timestamp;
use crate::ports::bus::Carried;
use crate::ports::figures;
use crate::ports::journal::{Commit, DocKey, StoreError};
use crate::ports::notes::{self, Due, Kept};
use crate::ports::postman::{Delivery, Written};
use crate::ports::record::{credentials_key, decode};

impl Counter {
    /// Works on one note until something is known about it.
    pub(super) async fn deliver_note(&self, due: Due) -> Done {
        let id = due.note;
        match until_first(async || self.deliver_note_once(&due).await).await {
            Ran::Done(note) => {
                figures::note_is(note.state.as_str());
                info!(note = %id, kind = note.kind(), account = %note.account, state = note.state.as_str(), "a note's state changed");
                Done::Something
            }
            Ran::Nothing => Done::Nothing,
            Ran::GaveUp(why) => {
                warn!(note = %id, %why, "a note has to wait");
                tokio::time::sleep(ASK_AGAIN).await;
                if let Err(why) = self.give_back_note(due.account, id).await {
                    warn!(note = %id, %why, "a note waits until its claim has lapsed");
                }
                Done::Nothing
            }
        }
    }

    /// As with a letter: one that was claimed and not tried is free again.
    async fn give_back_note(&self, account: AccountId, id: NoteId) -> Result<(), StoreError> {
        while let Some(kept) = self.found_note(account, id).await?
            && self.holds(kept.note.claim, kept.note.state)
        {
            let mut note = kept.note.clone();
            (note.claim, note.due) = (None, self.host.now());
            if settle(&*self.host.store, notes::put(&kept, note).0).await {
                break;
            }
        }
        Ok(())
    }

    async fn deliver_note_once(&self, due: &Due) -> Result<Option<Note>, Lost> {
        let now = self.host.now();
        let Some(kept) = notes::find(&*self.host.store, due.account, due.note).await? else {
            self.clear_away(due).await;
            return Ok(None);
        };
        let note = &kept.note;
        match (self.whose(note.claim, Some(note.due)), note.state) {
            (Whose::Others, _) if note.due != due.at => {
                self.clear_away(due).await;
                return Ok(None);
            }
            (Whose::Others, _) | (Whose::Ours, LetterState::Sending) => return Ok(None),
            (Whose::Ours | Whose::Nobodys, _) if note.is_over() => {
                settle(&*self.host.store, notes::delete(&kept)).await;
                return Ok(None);
            }
            // Only the node that wrote this knows how it went on; if that is gone, nobody does.
            (Whose::Nobodys, LetterState::Sending) => {
                let (due, why) = (now + self.pauses.uncertain_wait, "the server stopped while the note was on its way");
                return self.mark(&kept, LetterState::Uncertain, due, why).await.map(Some);
            }
            (Whose::Ours | Whose::Nobodys, _) => {}
        }
        if let Some(attempt) = self.host.taken.note(note.id, &note.attempts) {
            // The relay took it, and the store has forgotten that.
            let sent = note.clone().moved(LetterState::Sent, now, Some(attempt));
            return self.write(&kept, sent).await.map(|kept| Some(kept.note));
        }
        if now >= note.until {
            return self.mark(&kept, LetterState::Expired, now, "nobody took it in time").await.map(Some);
        }
        let Some(wanted) = self.still_wanted(note.clone()).await? else {
            return self.mark(&kept, LetterState::NoLongerNeeded, now, "it helps nobody any more").await.map(Some);
        };
        self.attempt_note(kept, wanted, now).await.map(Some)
    }

    /// A time that was left of a note which is gone, or is due at another one: it would be found first for ever.
    async fn clear_away(&self, due: &Due) {
        settle(&*self.host.store, Commit { records: vec![notes::due_gone(due)], ..Commit::default() }).await;
    }

    /// The note with those people only whom it still helps; `None`: nobody.
    async fn still_wanted(&self, mut note: Note) -> Result<Option<Note>, StoreError> {
        match &mut note.tidings {
            Tidings::AddressChanged { .. } => {}
            Tidings::Invited { person, .. } => {
                let has_password = self.host.store.record(credentials_key(person.operator)).await?.is_some();
                if has_password || !self.is_helped(person, &note.to).await? {
                    return Ok(None);
                }
            }
            Tidings::Forgotten { people } => {
                let mut helped = Vec::with_capacity(people.len());
                for person in people.drain(..) {
                    if self.is_helped(&person, &note.to).await? {
                        helped.push(person);
                    }
                }
                if helped.is_empty() {
                    return Ok(None);
                }
                *people = helped;
            }
        }
        Ok(Some(note))
    }

    /// Whether somebody can still use the token: it was not used, and they are active and have this address (rule D3).
    async fn is_helped(&self, person: &Person, to: &str) -> Result<bool, StoreError> {
        let store = &self.host.store;
        let Some(settings) = store.load(vec![DocKey::Settings(person.account)]).await?.pop().flatten() else {
            return Ok(false);
        };
        let account: Account = decode(&settings.state)?;
        let has_address = |email: &str| email.to_lowercase() == to.to_lowercase();
        let is_there = account.operator(person.operator).is_some_and(|o| o.active && has_address(&o.email));
        Ok(is_there && store.record(person.key.clone()).await?.is_some())
    }

    /// Tries `note`, which is `kept` without those whom it does not help any more.
    async fn attempt_note(&self, mut kept: Kept, note: Note, at: Timestamp) -> Result<Note, Lost> {
        let written = match self.scribe.write_note(note.clone()).await {
            // A repeat after an unknown outcome sends the same bytes (rule E4). What was refused may tell of people whom it must
            // not tell of any more.
            Ok(written) if note.state == LetterState::Uncertain => {
                Written { raw: note.raw.clone().unwrap_or(written.raw), ..written }
            }
            Ok(written) => written,
            Err(why) => return self.mark(&kept, LetterState::Failed, at, &why).await,
        };
        let mut claimed = note;
        if let Some(claim) = self.claim_to_knock() {
            (claimed.claim, claimed.due) = (Some(claim), claim.until);
            kept = self.write(&kept, claimed.clone()).await?;
        }
        let opened = self.postman.open(written.envelope).await;
        let held_until = self.look_at_the_relay(opened.as_ref().map(drop), at);
        let ready = match opened {
            Ok(ready) => ready,
            Err(refusal) => return self.record_note(kept, at, refusal.into(), held_until).await,
        };
        let mut sending = claimed;
        sending.state = LetterState::Sending;
        sending.raw = Some(written.raw.clone());
        sending.bodies += 1;
        let (claim, look_at) = self.claim_to_send(at);
        (sending.claim, sending.due) = (Some(claim), look_at);
        let kept = self.write(&kept, sending).await?;
        let delivery = ready.send(written.raw.into_bytes().into()).await;
        self.record_note(kept, at, delivery, None).await
    }

    /// What became of a try, and what it says of the address. It is durable when this returns: it must not be forgotten.
    async fn record_note(
        &self,
        mut kept: Kept,
        at: Timestamp,
        delivery: Delivery,
        held_until: Option<Timestamp>,
    ) -> Result<Note, Lost> {
        figure(&delivery);
        let attempt = Attempt::answered(at, delivery.reply());
        let tried = Tried::of(kept.note.state, kept.note.bodies);
        self.remember(kept.note.account, Carried::Note(kept.note.id), &delivery, &attempt, Vec::new());
        loop {
            let mut after = self.note_after(&kept.note, tried.is_sent, &attempt, &delivery);
            if let (Some(held_until), false) = (held_until, after.is_over()) {
                after.due = held_until;
            }
            let (commit, _) = notes::put(&kept, after.clone());
            let lesson = Lesson { to: &after.to, delivery: &delivery, attempt: &attempt };
            if settle_and_learn(&self.host, &self.accounts, after.account, commit, &lesson, None).await {
                return Ok(after);
            }
            let found = self.found_note(after.account, after.id).await?;
            let waits =
                |found: &Kept| found.token == kept.token || tried.is_awaited(found.note.state, found.note.bodies);
            kept = found.filter(waits).ok_or(Lost::Race)?;
        }
    }

    /// The note after a try that was answered so.
    fn note_after(&self, note: &Note, is_sent: bool, attempt: &Attempt, delivery: &Delivery) -> Note {
        let (note, now) = (note.clone(), self.host.now());
        match delivery {
            Delivery::Accepted(_) => note.moved(LetterState::Sent, now, Some(attempt.clone())),
            Delivery::Never(_) => note.refused(attempt.clone(), true, is_sent, now, &self.pauses),
            Delivery::Later(_) => note.refused(attempt.clone(), false, is_sent, now, &self.pauses),
            Delivery::Unknown(_) => {
                note.moved(LetterState::Uncertain, now + self.pauses.uncertain_wait, Some(attempt.clone()))
            }
        }
    }

    /// The note as it is now. An answer waits for it.
    async fn found_note(&self, account: AccountId, id: NoteId) -> Result<Option<Kept>, StoreError> {
        until_answered(async || notes::find(&*self.host.store, account, id).await).await
    }

    async fn mark(&self, kept: &Kept, state: LetterState, due: Timestamp, why: &str) -> Result<Note, Lost> {
        let attempt = Attempt::without_a_server(self.host.now(), why);
        let marked = kept.note.clone().moved(state, due, Some(attempt));
        self.write(kept, marked).await.map(|kept| kept.note)
    }

    /// Writes the note, guarded by what it was.
    async fn write(&self, kept: &Kept, note: Note) -> Result<Kept, Lost> {
        let (commit, kept) = notes::put(kept, note);
        if settle(&*self.host.store, commit).await { Ok(kept) } else { Err(Lost::Race) }
    }
}
