//! What a letter waits for on its way, and what not.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use actix::Actor;
use doorbell::actors::postroom::{Postroom, PostroomSettings};
use doorbell::domain::ids::AccountId;
use doorbell::domain::note::Note;
use doorbell::domain::notice::letter::{LetterState, Pauses};
use doorbell::domain::time::Span;
use doorbell::ports::journal::{Answer, Commit, DocKey, Outcome, Store, Write};
use doorbell::ports::postman::{
    Delivery, Envelope, LetterFacts, Phase, Postman, Ready, Refusal, Reply, Scribe, Written,
};
use doorbell::ports::record::mint;

use super::house::{House, in_paused_time};

/// Writes hardly anything.
struct Clerk;

impl Scribe for Clerk {
    fn write(&self, facts: &LetterFacts<'_>) -> Result<Written, String> {
        let envelope = Envelope { from: "notify@shop.test".to_owned(), to: facts.operator.email.clone() };
        Ok(Written { envelope, raw: "Subject: hi\r\n\r\n".to_owned() })
    }

    fn write_note(&self, _: &Note) -> Result<Written, String> {
        Err("there are none".to_owned())
    }
}

/// Takes its time: whenever it comes to a door, somebody's presence has changed meanwhile.
struct Stroller {
    store: Arc<dyn Store>,
    account: AccountId,
}

impl Postman for Stroller {
    fn open(&self, _: Envelope) -> Answer<Result<Box<dyn Ready>, Refusal>> {
        let (store, key) = (Arc::clone(&self.store), DocKey::Presence(self.account));
        Box::pin(async move {
            let was = store.load(vec![key]).await.unwrap().remove(0).unwrap();
            let write = Write { key, token: mint(Some(was.token)), state: was.state };
            let changed = Commit { reads: vec![(key, Some(was.token))], writes: vec![write], ..Commit::default() };
            assert!(matches!(store.commit(changed).await, Outcome::Committed { .. }));
            Ok(Box::new(Open) as Box<dyn Ready>)
        })
    }
}

fn said(code: u16, text: &str, phase: Phase) -> Reply {
    Reply { code: Some(code), text: text.to_owned(), server: None, phase }
}

struct Open;

impl Ready for Open {
    fn send(self: Box<Self>, _: Arc<[u8]>) -> Answer<Delivery> {
        Box::pin(async { Delivery::Accepted(said(250, "250 Ok", Phase::Body)) })
    }
}

/// Comes back without an answer the first time; from then on nobody opens to him.
#[derive(Default)]
struct Unlucky {
    calls: AtomicU32,
}

impl Postman for Unlucky {
    fn open(&self, _: Envelope) -> Answer<Result<Box<dyn Ready>, Refusal>> {
        let is_first = self.calls.fetch_add(1, Ordering::Relaxed) == 0;
        Box::pin(async move {
            if is_first {
                Ok(Box::new(Abyss) as Box<dyn Ready>)
            } else {
                Err(Refusal::Later(said(450, "450 4.2.1 not now", Phase::Rcpt)))
            }
        })
    }
}

struct Abyss;

impl Ready for Abyss {
    fn send(self: Box<Self>, _: Arc<[u8]>) -> Answer<Delivery> {
        let lost = Reply { code: None, text: "silence".to_owned(), server: None, phase: Phase::Body };
        Box::pin(async move { Delivery::Unknown(lost) })
    }
}

const SETTINGS: PostroomSettings = PostroomSettings {
    pauses: Pauses {
        retry_initial: Span::from_secs(30),
        uncertain_wait: Span::from_secs(600),
        expire: Span::from_secs(86_400),
    },
    max_per_minute: 1_000,
    max_per_minute_per_account: 1_000,
    connections_max: 1,
    connections_max_per_account: 1,
};

/// From now on letters are carried.
async fn open_the_postroom(house: &House, postman: Arc<dyn Postman>, settings: PostroomSettings) {
    let postroom = Postroom::new(house.host(), house.accounts(), postman, Arc::new(Clerk), settings);
    house.during(async move { postroom.start() }).await;
}

#[test]
fn n9_a_letter_leaves_however_often_people_come_and_go_meanwhile() {
    in_paused_time(async {
        let house = House::open().await;
        let anna = house.enter(house.anna, "laptop").await;
        house.leave(&anna).await;
        let postman = Stroller { store: Arc::clone(&house.host().store), account: house.account };
        open_the_postroom(&house, Arc::new(postman), SETTINGS).await;
        let guest = house.guest().await;
        house.says(&guest, "Is anybody there?").await;
        house.wait(150).await;
        let states: Vec<_> = house.letters().await.iter().map(|letter| letter.state).collect();
        assert_eq!(states, [LetterState::Sent, LetterState::Sent]);
    });
}

#[test]
fn w3_a_letter_that_may_have_arrived_says_so_in_the_end() {
    in_paused_time(async {
        let house = House::open().await;
        let pauses = Pauses { expire: Span::from_secs(3_600), ..SETTINGS.pauses };
        let settings = PostroomSettings { pauses, ..SETTINGS };
        open_the_postroom(&house, Arc::<Unlucky>::default(), settings).await;
        let guest = house.guest().await;
        house.says(&guest, "Is anybody there?").await;
        house.wait_by(9_000, 30).await;
        let letters = house.letters().await;
        let mut states: Vec<_> = letters.iter().map(|letter| (letter.state, letter.bodies)).collect();
        states.sort_unstable();
        assert_eq!(states, [(LetterState::Uncertain, 1), (LetterState::Expired, 0)]);
        assert!(letters.iter().all(|letter| letter.next_attempt_at.is_none()), "nothing goes on");
    });
}
