//! Turns at the relay: so many at once, so many of one account, and none that waits for the disk (rules E4, E6).

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use doorbell::actors::postroom::PostroomSettings;
use doorbell::domain::account::{Account, Block};
use doorbell::domain::ids::AccountId;
use doorbell::domain::notice::letter::LetterState;
use doorbell::ports::journal::{Answer, Commit, DocKey, Outcome, Store, Write};
use doorbell::ports::postman::{Delivery, Envelope, Phase, Postman, Ready, Refusal};
use doorbell::ports::record::{decode, encode, mint};
use doorbell::store::adversary::Plan as Misbehaviour;

use super::house::{House, in_paused_time};
use super::post::{SETTINGS, open_the_postroom, said};

/// Counts who comes, and how many are inside at once.
#[derive(Clone, Default)]
struct Turnstile {
    answering: Duration,
    opened: Arc<AtomicU32>,
    inside: Arc<AtomicU32>,
    inside_max: Arc<AtomicU32>,
    taken: Arc<AtomicU32>,
}

impl Turnstile {
    fn that_answers_after(answering: Duration) -> Self {
        Self { answering, ..Self::default() }
    }

    /// How many came, how many bodies it took, and how many were inside at once.
    fn counts(&self) -> [u32; 3] {
        [&self.opened, &self.taken, &self.inside_max].map(|count| count.load(Ordering::Relaxed))
    }
}

impl Postman for Turnstile {
    fn open(&self, _: Envelope) -> Answer<Result<Box<dyn Ready>, Refusal>> {
        self.opened.fetch_add(1, Ordering::Relaxed);
        let inside = self.inside.fetch_add(1, Ordering::Relaxed) + 1;
        self.inside_max.fetch_max(inside, Ordering::Relaxed);
        let visit = Visit(self.clone());
        Box::pin(async move { Ok(Box::new(visit) as Box<dyn Ready>) })
    }

    fn knock(&self) -> Answer<Result<(), Refusal>> {
        Box::pin(async { Ok(()) })
    }
}

/// Who is inside.
struct Visit(Turnstile);

impl Ready for Visit {
    fn send(self: Box<Self>, _: Arc<[u8]>) -> Answer<Delivery> {
        Box::pin(async move {
            self.0.taken.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(self.0.answering).await;
            Delivery::Accepted(said(250, "250 Ok", Phase::Body))
        })
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.0.inside.fetch_sub(1, Ordering::Relaxed);
    }
}

async fn states(house: &House) -> Vec<LetterState> {
    house.letters().await.iter().map(|letter| letter.state).collect()
}

/// Each writes to nobody: in two minutes there are two letters about each.
async fn guests_write(house: &House, guests: usize) {
    for _ in 0..guests {
        let guest = house.guest().await;
        house.says(&guest, "Is anybody there?").await;
    }
}

#[test]
fn e4_the_next_letter_has_the_turn_while_an_answer_is_written_down_and_leaves_only_when_it_is() {
    in_paused_time(async {
        let mut house = House::open().await;
        let gate = Turnstile::that_answers_after(Duration::from_secs(5));
        open_the_postroom(&house, Arc::new(gate.clone()), SETTINGS).await;
        guests_write(&house, 2).await;
        house.wait(123).await;
        assert_eq!(gate.counts(), [1, 1, 1], "its answer has not come");
        house.misbehave(Misbehaviour { lost_request_permille: 1_000, ..Misbehaviour::default() });
        house.wait(20).await;
        assert_eq!(gate.counts(), [2, 1, 1], "one is written down, one is at the relay, and the others wait");
        house.misbehave(Misbehaviour::default());
        house.wait(60).await;
        assert_eq!(states(&house).await, [LetterState::Sent; 4]);
        assert_eq!(gate.counts(), [4, 4, 1]);
    });
}

#[test]
fn e6_an_account_has_no_more_than_its_share_of_the_turns_and_all_of_that() {
    for (share, inside_max) in [(1, 1), (2, 2), (5, 3)] {
        in_paused_time(async {
            let house = House::open().await;
            let gate = Turnstile::that_answers_after(Duration::from_millis(100));
            let settings = PostroomSettings { connections_max: 3, connections_max_per_account: share, ..SETTINGS };
            open_the_postroom(&house, Arc::new(gate.clone()), settings).await;
            guests_write(&house, 5).await;
            house.wait(123).await;
            assert_eq!(states(&house).await, [LetterState::Sent; 10], "share {share}");
            assert_eq!(gate.counts(), [10, 10, inside_max], "share {share}");
        });
    }
}

/// Takes one letter, and before its answer somebody else learns that the recipient's server lets nobody in.
struct Meddler {
    store: Arc<dyn Store>,
    account: AccountId,
    opened: AtomicU32,
}

impl Postman for Meddler {
    fn open(&self, envelope: Envelope) -> Answer<Result<Box<dyn Ready>, Refusal>> {
        let is_first = self.opened.fetch_add(1, Ordering::Relaxed) == 0;
        let meddling = Meddling { store: Arc::clone(&self.store), account: self.account, to: envelope.to };
        Box::pin(async move {
            if is_first {
                Ok(Box::new(meddling) as Box<dyn Ready>)
            } else {
                Err(Refusal::Later(said(450, "450 4.2.1 not now", Phase::Rcpt)))
            }
        })
    }

    fn knock(&self) -> Answer<Result<(), Refusal>> {
        Box::pin(async { Ok(()) })
    }
}

struct Meddling {
    store: Arc<dyn Store>,
    account: AccountId,
    to: String,
}

impl Ready for Meddling {
    fn send(self: Box<Self>, _: Arc<[u8]>) -> Answer<Delivery> {
        Box::pin(async move {
            let key = DocKey::Settings(self.account);
            let was = self.store.load(vec![key]).await.unwrap().remove(0).unwrap();
            let mut account: Account = decode(&was.state).unwrap();
            let (reply, since) = ("550 5.7.1 blocked".to_owned(), self.store.now());
            account.blocked.push(Block { address: self.to.clone(), reply, since, bounced: false });
            let write = Write { key, token: mint(Some(was.token)), state: encode(&account) };
            let commit = Commit { reads: vec![(key, Some(was.token))], writes: vec![write], ..Commit::default() };
            assert!(matches!(self.store.commit(commit).await, Outcome::Committed { .. }));
            Delivery::Accepted(said(250, "250 Ok", Phase::Body))
        })
    }
}

#[test]
fn d5_what_an_answer_teaches_is_learnt_of_the_settings_as_they_are_when_it_comes() {
    in_paused_time(async {
        let house = House::open().await;
        let (store, account) = (Arc::clone(&house.host().store), house.account);
        let meddler = Meddler { store: Arc::clone(&store), account, opened: AtomicU32::new(0) };
        open_the_postroom(&house, Arc::new(meddler), SETTINGS).await;
        guests_write(&house, 1).await;
        house.wait(125).await;
        let mut states = states(&house).await;
        states.sort_unstable();
        assert_eq!(states, [LetterState::Sent, LetterState::Deferred]);
        let settings = house.during(store.load(vec![DocKey::Settings(account)])).await.unwrap().remove(0).unwrap();
        let account: Account = decode(&settings.state).unwrap();
        assert_eq!(account.blocked, [], "the server has let a letter in");
    });
}
