//! Two postrooms on one store: each letter and each note goes out once, whatever the interleaving, and what a node leaves
//! behind that dies is taken over (rules E4, N12).

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix::{Actor, Addr};
use doorbell::actors::postroom::{Finish, Postroom, PostroomSettings};
use doorbell::domain::account::Locale;
use doorbell::domain::ids::{LetterId, NoteId};
use doorbell::domain::note::{Note, Tidings};
use doorbell::domain::notice::letter::{Attempt, Letter, LetterState, Pauses};
use doorbell::domain::time::Span;
use doorbell::ports::bus::Carried;
use doorbell::ports::journal::{Answer, Commit, DocKey, Outcome, Store, Write};
use doorbell::ports::nodes::Stage;
use doorbell::ports::notes;
use doorbell::ports::postman::{
    Delivery, Envelope, LetterFacts, Phase, Postman, Ready, Refusal, Reply, Scribe, Written,
};
use doorbell::ports::record::mint;
use doorbell::store::adversary::Plan as Misbehaviour;

use super::house::{House, in_paused_time, uuid};
use super::wire::Noise;

/// Answers are lost, or races. Both at once would be a store that denies what it wrote.
fn weather(seed: u64) -> Misbehaviour {
    let calm = Misbehaviour { yields_max: 8, ..Misbehaviour::default() };
    match seed % 2 {
        0 => Misbehaviour { conflict_permille: 150, ..calm },
        _ => Misbehaviour { lost_answer_permille: 150, lost_request_permille: 150, ..calm },
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
    connections_max: 3,
    connections_max_per_account: 3,
};

/// Writes what it is about, so that a body can be told from every other.
struct Clerk;

impl Scribe for Clerk {
    fn write(&self, facts: LetterFacts) -> Answer<Result<Written, String>> {
        let envelope = Envelope { from: "notify@shop.test".to_owned(), to: facts.operator.email };
        let written = Written { envelope, raw: facts.letter.id.to_string() };
        Box::pin(async { Ok(written) })
    }

    fn write_note(&self, note: Note) -> Answer<Result<Written, String>> {
        let envelope = Envelope { from: "notify@shop.test".to_owned(), to: note.to };
        let written = Written { envelope, raw: note.id.to_string() };
        Box::pin(async { Ok(written) })
    }
}

/// What the relay took, and how often.
type Taken = Arc<Mutex<BTreeMap<String, u32>>>;

/// One node's way to the relay.
#[derive(Clone)]
struct Road {
    taken: Taken,
    /// How long it takes to be let in, to hand the body over, and to hear the answer.
    opening_ms: u64,
    sending_ms: u64,
    answering_ms: u64,
}

impl Road {
    fn quick(taken: &Taken) -> Self {
        Self { taken: Arc::clone(taken), opening_ms: 20, sending_ms: 20, answering_ms: 20 }
    }
}

async fn pause(ms: u64) {
    tokio::time::sleep(Duration::from_millis(ms)).await;
}

impl Postman for Road {
    fn open(&self, _: Envelope) -> Answer<Result<Box<dyn Ready>, Refusal>> {
        let road = self.clone();
        Box::pin(async move {
            pause(road.opening_ms).await;
            Ok(Box::new(road) as Box<dyn Ready>)
        })
    }

    fn knock(&self) -> Answer<Result<(), Refusal>> {
        Box::pin(async { Ok(()) })
    }
}

impl Ready for Road {
    fn send(self: Box<Self>, raw: Arc<[u8]>) -> Answer<Delivery> {
        Box::pin(async move {
            pause(self.sending_ms).await;
            let raw = String::from_utf8(raw.to_vec()).unwrap();
            *self.taken.lock().unwrap().entry(raw).or_default() += 1;
            pause(self.answering_ms).await;
            let text = "250 Ok".to_owned();
            Delivery::Accepted(Reply { code: Some(250), text, server: None, phase: Phase::Body })
        })
    }
}

/// The house's present node carries letters from now on.
async fn open_a_postroom(house: &House, postman: impl Postman) -> Addr<Postroom> {
    let room = Postroom::new(house.host(), house.accounts(), Arc::new(postman), Arc::new(Clerk), SETTINGS);
    house.during(async move { room.start() }).await
}

/// Two nodes on one store.
async fn two_nodes(seed: u64, misbehaviour: Misbehaviour) -> House {
    House::open_on_with(2, seed, misbehaviour, Noise::default(), |_| ()).await
}

async fn queue_notes(house: &House, count: u64) -> Vec<NoteId> {
    let ids: Vec<_> = (0..count).map(|_| NoteId(uuid(house.number()))).collect();
    for id in &ids {
        let tidings = Tidings::AddressChanged { name: "Jana".to_owned(), account_name: "Example".to_owned(), by: None };
        let note = Note {
            id: *id,
            account: house.account,
            to: "jana@shop.test".to_owned(),
            locale: Locale::En,
            timezone: "Europe/Prague".to_owned(),
            tidings,
            state: LetterState::Queued,
            created_at: house.now(),
            until: house.now() + Span::from_secs(86_400),
            due: house.now(),
            claim: None,
            bodies: 0,
            raw: None,
            attempts: Vec::new(),
        };
        let queued = Commit { records: notes::queue(&note), ..Commit::default() };
        assert!(matches!(house.memory.commit(queued).await, Outcome::Committed { .. }));
    }
    ids
}

async fn note_states(house: &House, ids: &[NoteId]) -> Vec<LetterState> {
    let mut states = Vec::new();
    for id in ids {
        let kept = notes::find(&*house.memory, house.account, *id).await.unwrap();
        states.extend(kept.map(|kept| kept.note.state));
    }
    states
}

/// Somebody writes while nobody is there; in two minutes there is a letter for each operator.
async fn write_to_nobody(house: &House, guests: usize) {
    for _ in 0..guests {
        let guest = house.guest().await;
        house.says(&guest, "Is anybody there?").await;
    }
}

async fn letter_states(house: &House) -> Vec<(LetterState, u32)> {
    house.letters().await.iter().map(|letter: &Letter| (letter.state, letter.bodies)).collect()
}

#[test]
fn e4_of_two_nodes_one_sends_each_letter_and_each_note_whatever_the_interleaving() {
    for seed in 1..=8 {
        in_paused_time(async {
            let mut house = two_nodes(seed, weather(seed)).await;
            let taken = Taken::default();
            for (node, own) in [37, 53].into_iter().enumerate() {
                house.go_to(node);
                open_a_postroom(&house, Road { opening_ms: (seed * own) % 700, ..Road::quick(&taken) }).await;
            }
            write_to_nobody(&house, 3).await;
            house.wait_by(118, 2).await;
            let ids = queue_notes(&house, 3).await;
            // What lost too many races is given back, and taken again.
            house.wait_by(60, 5).await;
            assert_eq!(letter_states(&house).await, [(LetterState::Sent, 1); 6], "seed {seed}");
            assert_eq!(note_states(&house, &ids).await, [LetterState::Sent; 3], "seed {seed}");
            let taken = taken.lock().unwrap();
            assert!(taken.len() == 9 && taken.values().all(|count| *count == 1), "seed {seed}: {taken:?}");
        });
    }
}

#[test]
fn e4_what_a_node_leaves_behind_that_dies_is_sent_by_another_and_repeated_once_at_the_most() {
    for seed in 1..=20 {
        in_paused_time(async {
            let mut house = two_nodes(seed, Misbehaviour::default()).await;
            let taken = Taken::default();
            let slow = Road { taken: Arc::clone(&taken), opening_ms: 400, sending_ms: 300, answering_ms: 500 };
            open_a_postroom(&house, slow).await;
            write_to_nobody(&house, 2).await;
            house.wait_by(118, 2).await;
            let ids = queue_notes(&house, 2).await;
            house.during(pause(1_700 + seed * 167)).await;
            house.kill();
            let before: u32 = taken.lock().unwrap().values().sum();
            house.go_to(1);
            open_a_postroom(&house, Road::quick(&taken)).await;
            house.wait_by(900, 30).await;
            let is_sent = |state: &LetterState| *state == LetterState::Sent;
            assert!(letter_states(&house).await.iter().all(|(state, _)| is_sent(state)), "seed {seed}");
            assert!(note_states(&house, &ids).await.iter().all(is_sent), "seed {seed}");
            let taken = taken.lock().unwrap();
            assert!(taken.len() == 4 + ids.len() && taken.values().all(|n| *n <= 2), "seed {seed}: {taken:?}");
            // Only what the relay took before the node heard of it is sent again: three at once, at the most.
            let repeats = taken.values().filter(|count| **count == 2).count();
            assert!(repeats <= 3 && repeats as u32 <= before, "seed {seed}: {repeats} of {before}");
        });
    }
}

#[test]
fn e4_a_node_that_stood_still_still_tells_what_it_was_answered() {
    in_paused_time(async {
        let mut house = two_nodes(1, Misbehaviour::default()).await;
        let taken = Taken::default();
        open_a_postroom(&house, Road { answering_ms: 20_000, ..Road::quick(&taken) }).await;
        write_to_nobody(&house, 1).await;
        house.wait_by(118, 2).await;
        let ids = queue_notes(&house, 1).await;
        house.wait_by(12, 2).await;
        assert_eq!(letter_states(&house).await, [(LetterState::Sending, 1); 2]);
        house.pause(true);
        house.go_to(1);
        open_a_postroom(&house, Road::quick(&taken)).await;
        house.wait_by(150, 5).await;
        assert_eq!(letter_states(&house).await, [(LetterState::Uncertain, 1); 2], "nobody knows");
        house.go_to(0);
        house.pause(false);
        house.wait_by(60, 5).await;
        assert_eq!(letter_states(&house).await, [(LetterState::Sent, 1); 2], "it was answered after all");
        house.wait_by(900, 30).await;
        assert_eq!(note_states(&house, &ids).await, [LetterState::Sent]);
        let taken = taken.lock().unwrap();
        assert!(taken.len() == 3 && taken.values().all(|count| *count == 1), "{taken:?}");
    });
}

/// Looks at the letters whenever somebody opens a door.
struct Witness {
    store: Arc<dyn Store>,
    house: doorbell::domain::ids::AccountId,
    seen: Arc<Mutex<Vec<Letter>>>,
    road: Road,
}

impl Postman for Witness {
    fn open(&self, envelope: Envelope) -> Answer<Result<Box<dyn Ready>, Refusal>> {
        let (store, account, seen) = (Arc::clone(&self.store), self.house, Arc::clone(&self.seen));
        let opened = self.road.open(envelope.clone());
        Box::pin(async move {
            let query = doorbell::ports::journal::LetterQuery { limit: 9, ..Default::default() };
            let ids = store.letters(account, query).await.unwrap();
            let keys = ids.iter().map(|(_, id)| doorbell::ports::journal::DocKey::Letter(account, *id)).collect();
            let letters = store.load(keys).await.unwrap().into_iter().flatten();
            let letters = letters.map(|stored| doorbell::ports::record::decode::<Letter>(&stored.state).unwrap());
            seen.lock().unwrap().extend(letters.filter(|letter| letter.to == envelope.to));
            opened.await
        })
    }

    fn knock(&self) -> Answer<Result<(), Refusal>> {
        Box::pin(async { Ok(()) })
    }
}

#[test]
fn a_letter_is_claimed_before_the_relay_is_spoken_to_where_others_could_take_it() {
    for is_shared in [false, true] {
        in_paused_time(async {
            let house = if is_shared { two_nodes(1, Misbehaviour::default()).await } else { House::open().await };
            let seen = Arc::<Mutex<Vec<Letter>>>::default();
            let witness = Witness {
                store: house.memory.clone(),
                house: house.account,
                seen: Arc::clone(&seen),
                road: Road::quick(&Taken::default()),
            };
            let node = house.host().node;
            open_a_postroom(&house, witness).await;
            write_to_nobody(&house, 1).await;
            house.wait(130).await;
            let seen = seen.lock().unwrap();
            assert_eq!(seen.len(), 2);
            for letter in &*seen {
                assert_eq!(letter.state, LetterState::Queued);
                assert_eq!(letter.claim.map(|claim| claim.node), is_shared.then_some(node));
                let due = letter.next_attempt_at.unwrap();
                assert_eq!(letter.claim.map(|claim| claim.until), is_shared.then_some(due));
            }
        });
    }
}

/// As long as it stirs, the documents of a conversation are written anew whenever a door is opened.
struct Stirring {
    store: Arc<dyn Store>,
    key: DocKey,
    left: AtomicU32,
    road: Road,
}

impl Postman for Stirring {
    fn open(&self, envelope: Envelope) -> Answer<Result<Box<dyn Ready>, Refusal>> {
        let (store, key, opened) = (Arc::clone(&self.store), self.key, self.road.open(envelope));
        let stirs = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok();
        Box::pin(async move {
            if stirs {
                let stored = store.load(vec![key]).await.unwrap().pop().flatten().unwrap();
                let write = Write { key, token: mint(Some(stored.token)), state: stored.state };
                let anew = Commit { reads: vec![(key, Some(stored.token))], writes: vec![write], ..Commit::default() };
                store.commit(anew).await;
            }
            opened.await
        })
    }

    fn knock(&self) -> Answer<Result<(), Refusal>> {
        self.road.knock()
    }
}

#[test]
fn a_letter_that_others_are_before_again_and_again_is_late_by_seconds_and_not_by_its_claim() {
    in_paused_time(async {
        let house = two_nodes(1, Misbehaviour::default()).await;
        let guest = house.guest().await;
        house.says(&guest, "Is anybody there?").await;
        let taken = Taken::default();
        let key = DocKey::Conversation(house.account, guest.conversation());
        let (store, left) = (house.memory.clone(), AtomicU32::new(30));
        open_a_postroom(&house, Stirring { store, key, left, road: Road::quick(&taken) }).await;
        house.wait_by(150, 1).await;
        assert_eq!(letter_states(&house).await, [(LetterState::Sent, 1); 2]);
    });
}

#[test]
fn e4_a_store_that_forgets_in_a_fail_over_mails_nobody_twice() {
    in_paused_time(async {
        for lost in [1, 60, 119, 121] {
            let mut house = two_nodes(lost, Misbehaviour::default()).await;
            let taken = Taken::default();
            for node in [0, 1] {
                house.go_to(node);
                open_a_postroom(&house, Road::quick(&taken)).await;
            }
            let guest = house.guest().await;
            house.says(&guest, "Hello?").await;
            house.wait(lost as i64).await;
            let replica = house.memory.snapshot();
            house.wait(130 - lost as i64).await;
            assert_eq!(taken.lock().unwrap().len(), 2, "both were mailed");
            house.fail_over(replica);
            house.wait(900).await;
            let bodies: Vec<u32> = taken.lock().unwrap().values().copied().collect();
            assert_eq!(bodies, [1, 1], "{lost} s after the message");
            assert!(house.letters().await.iter().all(|letter| letter.state == LetterState::Sent));
        }
    });
}

#[test]
fn e4_what_was_sent_while_nobody_heard_is_told_again_after_the_fail_over() {
    in_paused_time(async {
        for lost in [1, 119, 121] {
            let mut house = two_nodes(lost, Misbehaviour::default()).await;
            let taken = Taken::default();
            house.go_to(1);
            house.deafen(true);
            house.go_to(0);
            open_a_postroom(&house, Road::quick(&taken)).await;
            let ids = queue_notes(&house, 1).await;
            let guest = house.guest().await;
            house.says(&guest, "Hello?").await;
            let queued = house.memory.snapshot();
            house.wait(lost as i64).await;
            let replica = if lost > 1 { house.memory.snapshot() } else { queued };
            house.wait(130 - lost as i64).await;
            assert_eq!(taken.lock().unwrap().len(), 3, "all were mailed");
            // The node that knows it sends nothing more; the other one has not heard of it.
            house.host().nodes.enter(Stage::Draining);
            house.go_to(1);
            open_a_postroom(&house, Road::quick(&taken)).await;
            house.deafen(false);
            house.fail_over(replica);
            house.wait(900).await;
            let bodies: Vec<u32> = taken.lock().unwrap().values().copied().collect();
            assert_eq!(bodies, [1, 1, 1], "{lost} s after the message");
            assert!(house.letters().await.iter().all(|letter| letter.state == LetterState::Sent));
            assert!(note_states(&house, &ids).await.iter().all(|state| *state == LetterState::Sent));
        }
    });
}

#[test]
fn e4_of_a_letter_that_tells_more_than_the_one_that_was_taken_only_the_rest_is_sent() {
    in_paused_time(async {
        let house = two_nodes(1, Misbehaviour::default()).await;
        let taken = Taken::default();
        open_a_postroom(&house, Road::quick(&taken)).await;
        let guest = house.guest().await;
        let (first, second) = (house.says(&guest, "Hello?").await, house.says(&guest, "Anybody?").await);
        let attempt = || Attempt::without_a_server(house.now(), "250 ok");
        for (operator, told) in [(house.anna, vec![first]), (house.bob, vec![first, second])] {
            let id = LetterId { conversation: guest.conversation(), episode: 1, operator };
            house.host().taken.hear(house.account, Carried::Letter(id), attempt(), told);
        }
        house.wait(150).await;
        let letters = house.letters().await;
        let of = |operator| letters.iter().find(|letter| letter.id.operator == operator).unwrap();
        assert_eq!((of(house.anna).seqs.clone(), of(house.anna).bodies), (vec![second], 1));
        assert_eq!((of(house.bob).state, of(house.bob).bodies), (LetterState::Sent, 0));
        assert_eq!(taken.lock().unwrap().len(), 1);
    });
}

#[test]
fn a_node_that_drains_finishes_what_it_has_in_hand_and_takes_nothing_new() {
    in_paused_time(async {
        let house = two_nodes(1, Misbehaviour::default()).await;
        let taken = Taken::default();
        let room = open_a_postroom(&house, Road { answering_ms: 3_000, ..Road::quick(&taken) }).await;
        let in_hand = queue_notes(&house, 1).await;
        house.wait(1).await;
        assert_eq!(note_states(&house, &in_hand).await, [LetterState::Sending]);
        house.host().nodes.enter(Stage::Draining);
        let later = queue_notes(&house, 2).await;
        house.during(room.send(Finish)).await.unwrap();
        assert_eq!(note_states(&house, &in_hand).await, [LetterState::Sent], "its answer was waited for");
        house.wait(60).await;
        assert_eq!(note_states(&house, &later).await, [LetterState::Queued; 2], "they are the others'");
        assert_eq!(taken.lock().unwrap().len(), 1);
        house.during(room.send(Finish)).await.unwrap();
    });
}
