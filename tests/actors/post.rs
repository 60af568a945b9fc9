//! What a letter waits for on its way, and what not.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

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

use super::house::{House, in_paused_time, reply};

/// Writes hardly anything.
struct Clerk;

impl Scribe for Clerk {
    fn write(&self, facts: LetterFacts) -> Answer<Result<Written, String>> {
        let envelope = Envelope { from: "notify@shop.test".to_owned(), to: facts.operator.email };
        let written = Written { envelope, raw: "Subject: hi\r\n\r\n".to_owned() };
        Box::pin(async { Ok(written) })
    }

    fn write_note(&self, _: Note) -> Answer<Result<Written, String>> {
        Box::pin(async { Err("there are none".to_owned()) })
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

    fn knock(&self) -> Answer<Result<(), Refusal>> {
        Box::pin(async { Ok(()) })
    }
}

pub(super) fn said(code: u16, text: &str, phase: Phase) -> Reply {
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

    fn knock(&self) -> Answer<Result<(), Refusal>> {
        Box::pin(async { Ok(()) })
    }
}

struct Abyss;

impl Ready for Abyss {
    fn send(self: Box<Self>, _: Arc<[u8]>) -> Answer<Delivery> {
        let lost = Reply { code: None, text: "silence".to_owned(), server: None, phase: Phase::Body };
        Box::pin(async move { Delivery::Unknown(lost) })
    }
}

/// Lets nobody in while his door is shut.
#[derive(Clone, Default)]
struct Doorman {
    is_shut: Arc<AtomicBool>,
    letters: Arc<AtomicU32>,
    knocks: Arc<AtomicU32>,
}

impl Doorman {
    fn answers(&self) -> Result<(), Refusal> {
        let no = || Refusal::Later(said(535, "535 5.7.8 wrong password", Phase::Auth));
        if self.is_shut.load(Ordering::Relaxed) { Err(no()) } else { Ok(()) }
    }
}

impl Postman for Doorman {
    fn open(&self, _: Envelope) -> Answer<Result<Box<dyn Ready>, Refusal>> {
        self.letters.fetch_add(1, Ordering::Relaxed);
        let opened = self.answers().map(|()| Box::new(Open) as Box<dyn Ready>);
        Box::pin(async { opened })
    }

    fn knock(&self) -> Answer<Result<(), Refusal>> {
        self.knocks.fetch_add(1, Ordering::Relaxed);
        let answer = self.answers();
        Box::pin(async { answer })
    }
}

pub(super) const SETTINGS: PostroomSettings = PostroomSettings {
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
pub(super) async fn open_the_postroom(house: &House, postman: Arc<dyn Postman>, settings: PostroomSettings) {
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

#[test]
fn d5_a_node_that_has_nothing_to_send_finds_out_by_itself_that_the_relay_lets_it_in_again() {
    in_paused_time(async {
        let house = House::open().await;
        let doorman = Doorman::default();
        doorman.is_shut.store(true, Ordering::Relaxed);
        open_the_postroom(&house, Arc::new(doorman.clone()), SETTINGS).await;
        let guest = house.guest().await;
        house.says(&guest, "Is anybody there?").await;
        house.wait(125).await;
        let shut_at = house.board().now().relay_auth.expect("it is shut");
        // Somebody else sees to it: nobody needs the letters any more.
        house.act(house.anna, &guest, reply("Here I am")).await.unwrap();
        house.wait(120).await;
        let states: Vec<_> = house.letters().await.iter().map(|letter| letter.state).collect();
        assert_eq!(states, [LetterState::NoLongerNeeded, LetterState::NoLongerNeeded]);
        assert_eq!(house.board().now().relay_auth, Some(shut_at), "it is shut still");
        let knocks = doorman.knocks.load(Ordering::Relaxed);
        assert!((1..=3).contains(&knocks), "{knocks}: the pauses are those between letters");
        let letters = doorman.letters.load(Ordering::Relaxed);

        doorman.is_shut.store(false, Ordering::Relaxed);
        house.wait(301).await;
        assert_eq!(house.board().now().relay_auth, None);
        let knocks = doorman.knocks.load(Ordering::Relaxed);
        house.wait(900).await;
        assert_eq!(doorman.knocks.load(Ordering::Relaxed), knocks, "nobody asks a relay that is there");
        assert_eq!(doorman.letters.load(Ordering::Relaxed), letters);
    });
}
