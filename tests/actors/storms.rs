//! Storms: random histories over the real actors and a store that delays, conflicts, loses requests and answers, with the
//! power going at any step. Whatever happens: what was acknowledged is there once, nobody is mailed twice or while somebody
//! was there, every message ends with a decision, and the record never contradicts the outbox.
//!
//! A history comes of a seed, which a failure prints; `STORMS_SEED=… STORMS_COUNT=1 cargo test --test actors storms` plays
//! it again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use doorbell::actors::api::{Ended, VisitorDone};
use doorbell::domain::account::{Kind, Switch};
use doorbell::domain::conversation::deed::Deed;
use doorbell::domain::conversation::message::Author;
use doorbell::domain::ids::{LetterId, OperatorId};
use doorbell::domain::news::TimerState;
use doorbell::domain::notice::explain::Decision;
use doorbell::domain::notice::reason::Code;
use doorbell::domain::presence::status::Status;
use doorbell::domain::time::{Span, Timestamp};
use doorbell::office::decisions;
use doorbell::ports::journal::Store;
use doorbell::store::adversary::Plan as Misbehaviour;

use super::house::{Guest, House, Plug, in_paused_time, reply, write};

const WEATHER: Misbehaviour = Misbehaviour {
    yields_max: 12,
    conflict_permille: 120,
    lost_answer_permille: 80,
    lost_request_permille: 80,
    fail_over_permille: 0,
};
const STEPS: u64 = 24;

/// Numbers that are the same for the same seed (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

/// What the history was promised, and who is where.
struct Storm {
    house: House,
    dice: Dice,
    guests: Vec<(Guest, bool)>,
    plugs: Vec<(OperatorId, Plug, Status, Timestamp)>,
    /// Acknowledged: the client's name of each message, with its conversation's guest and place.
    written: BTreeMap<String, (usize, u64)>,
    /// For these times somebody was online by acknowledged acts.
    online: Vec<(Timestamp, Timestamp)>,
}

impl Storm {
    async fn new(seed: u64) -> Self {
        let dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        let house = House::open_with(seed, WEATHER, |_| ()).await;
        Self { house, dice, guests: Vec::new(), plugs: Vec::new(), written: BTreeMap::new(), online: Vec::new() }
    }

    fn somebody(&mut self) -> OperatorId {
        if self.dice.below(2) == 0 { self.house.anna } else { self.house.bob }
    }

    async fn step(&mut self) {
        match self.dice.below(14) {
            0..=3 => self.somebody_writes().await,
            4 => self.a_guest_goes_or_comes().await,
            5 | 6 => self.somebody_enters().await,
            7 => self.somebody_leaves().await,
            8 => self.somebody_chooses().await,
            9 | 10 => self.somebody_acts().await,
            11 => self.somebody_flips_a_switch().await,
            12 => {
                let seconds = self.dice.below(150) as i64;
                self.house.wait_by(seconds, 4).await;
            }
            _ => self.the_power_goes().await,
        }
    }

    /// One to three messages at once, the first of them twice under one name.
    async fn somebody_writes(&mut self) {
        let place = if self.guests.is_empty() || self.dice.below(3) == 0 {
            let guest = self.house.guest().await;
            self.guests.push((guest, true));
            self.guests.len() - 1
        } else {
            self.dice.below(self.guests.len() as u64) as usize
        };
        if !self.guests[place].1 {
            return;
        }
        let guest = self.guests[place].0;
        let names: Vec<String> = (0..=self.dice.below(3)).map(|_| format!("m{}", self.house.number())).collect();
        let mut asked = Vec::new();
        for name in names.iter().chain(names.first()) {
            let (accounts, account) = (self.house.accounts(), self.house.account);
            let act = self.house.visitor_act(&guest, write(name, name));
            asked.push((name.clone(), self.house.begin(async move { accounts.ask(account, act).await })));
        }
        for (name, answer) in asked {
            let done = self.house.during(answer).await.unwrap();
            if let Ok(VisitorDone::Written { seq, .. }) = done {
                let known = self.written.insert(name.clone(), (place, seq));
                assert!(known.is_none_or(|known| known == (place, seq)), "{name} was given two places");
            }
        }
    }

    async fn a_guest_goes_or_comes(&mut self) {
        if self.guests.is_empty() {
            return;
        }
        let place = self.dice.below(self.guests.len() as u64) as usize;
        let (guest, here) = self.guests[place];
        if here && self.dice.below(2) == 0 {
            self.house.guest_leaves(&guest).await;
            self.guests[place].1 = false;
        } else if here {
            let ended = self.house.guest_end(&guest, Ended::Broken { last_sign: self.house.now() });
            drop(self.house.during(self.house.accounts().ask(self.house.account, ended)).await);
            self.guests[place].1 = false;
        } else {
            self.guests[place] = (self.house.guest_returns(&guest).await.0, true);
        }
    }

    async fn somebody_enters(&mut self) {
        let who = self.somebody();
        let device = if self.dice.below(2) == 0 { "laptop" } else { "phone" };
        let plug = self.house.enter(who, device).await;
        // The devices' choice is kept from before: it is said anew, so that the test knows it.
        self.house.choose(&plug, Status::Online).await;
        self.plugs.push((who, plug, Status::Online, self.house.now()));
    }

    async fn somebody_leaves(&mut self) {
        if self.plugs.is_empty() {
            return;
        }
        let place = self.dice.below(self.plugs.len() as u64) as usize;
        let (_, plug, status, since) = self.plugs.swap_remove(place);
        if status == Status::Online {
            self.online.push((since, self.house.now()));
        }
        if self.dice.below(2) == 0 {
            self.house.leave(&plug).await;
        } else {
            self.house.break_off(&plug, self.house.now()).await;
        }
    }

    async fn somebody_chooses(&mut self) {
        if self.plugs.is_empty() {
            return;
        }
        let place = self.dice.below(self.plugs.len() as u64) as usize;
        let state = [Status::Online, Status::Away, Status::Offline][self.dice.below(3) as usize];
        let (who, chosen) = (self.plugs[place].0, self.plugs[place].1.clone());
        let now = self.house.now();
        // The other tabs and devices of the test share names: whoever may share this one's device is no proof any more.
        for (_, _, status, since) in self.plugs.iter_mut().filter(|(other, ..)| *other == who) {
            if *status == Status::Online {
                self.online.push((*since, now));
            }
            *status = Status::Offline;
        }
        self.house.choose(&chosen, state).await;
        (self.plugs[place].2, self.plugs[place].3) = (state, self.house.now());
    }

    async fn somebody_acts(&mut self) {
        let known: Vec<usize> = self.written.values().map(|(place, _)| *place).collect();
        if known.is_empty() {
            return;
        }
        let guest = self.guests[known[self.dice.below(known.len() as u64) as usize]].0;
        let who = self.somebody();
        let deed = match self.dice.below(6) {
            0 | 1 => Deed::Open,
            2 => Deed::Join,
            3 => Deed::Leave,
            4 => reply("Here I am"),
            _ => Deed::Close,
        };
        self.house.act(who, &guest, deed).await.unwrap();
    }

    async fn somebody_flips_a_switch(&mut self) {
        let (who, kind) = (self.somebody(), Kind::ALL[self.dice.below(2) as usize]);
        self.house
            .change(move |account| {
                let switch = account.operator_mut(who).unwrap().switch_mut(kind);
                *switch = if switch.is_on() { Switch::Off } else { Switch::On };
            })
            .await;
    }

    async fn the_power_goes(&mut self) {
        let now = self.house.now();
        for (_, _, status, since) in self.plugs.drain(..) {
            if status == Status::Online {
                self.online.push((since, now));
            }
        }
        self.guests.iter_mut().for_each(|guest| guest.1 = false);
        let down = Span::from_secs(self.dice.below(400) as i64);
        self.house.restart(down).await;
    }

    // ------------------------------------------------------------ what must hold

    async fn check(&mut self) {
        self.what_was_acknowledged_is_there().await;
        self.nobody_was_mailed_while_somebody_was_there().await;
        for place in self.written.values().map(|(place, _)| *place).collect::<BTreeSet<_>>() {
            let guest = self.guests[place].0;
            self.the_record_is_the_outbox(&guest).await;
        }
        self.the_lists_of_decisions_are_the_explanations().await;
        let told = self.house.presence().await.operators;
        let stored = self.house.roster().await;
        for operator in told {
            assert_eq!(operator.status, stored.status(operator.id), "memory is what is stored");
        }
    }

    async fn what_was_acknowledged_is_there(&self) {
        for place in 0..self.guests.len() {
            let messages = self.house.messages(self.guests[place].0.conversation()).await;
            let seqs: Vec<u64> = messages.iter().map(|(seq, _)| *seq).collect();
            assert_eq!(seqs, (1..=seqs.len() as u64).collect::<Vec<_>>(), "places without gaps");
            for (name, (_, seq)) in self.written.iter().filter(|(_, (other, _))| *other == place) {
                let found: Vec<u64> =
                    messages.iter().filter(|(_, m)| m.client_id.as_ref() == Some(name)).map(|(seq, _)| *seq).collect();
                assert_eq!(found, [*seq], "{name} is there once");
            }
        }
    }

    async fn nobody_was_mailed_while_somebody_was_there(&self) {
        let mut told: BTreeSet<(OperatorId, String, u64)> = BTreeSet::new();
        for letter in self.house.letters().await {
            for seq in &letter.seqs {
                let once = told.insert((letter.id.operator, letter.id.conversation.to_string(), *seq));
                assert!(once, "{} was mailed about message {seq} twice", letter.id.operator);
            }
            let at = letter.created_at;
            let there = self.online.iter().find(|(from, to)| *from < at && at < *to);
            assert!(letter.kind == Kind::Missed || there.is_none(), "mailed at {at:?}, somebody was there {there:?}");
        }
    }

    async fn the_record_is_the_outbox(&self, guest: &Guest) {
        let explanation = self.house.explain(guest).await;
        let told: BTreeSet<_> = explanation.decisions.iter().filter_map(|d| d.letter).collect();
        let letters = self.house.letters().await;
        let queued = letters.iter().map(|l| l.id).filter(|id| id.conversation == guest.conversation()).collect();
        assert_eq!(told, queued, "the record tells of the letters that there are");
    }

    /// Page by page, newest first: what the operators are told over all conversations is what those tell of them.
    async fn the_lists_of_decisions_are_the_explanations(&self) {
        let mut explained = BTreeMap::from([(self.house.anna, Vec::new()), (self.house.bob, Vec::new())]);
        for (guest, _) in &self.guests {
            if self.house.document(guest.conversation()).await.is_none() {
                continue;
            }
            for decision in self.house.explain(guest).await.decisions {
                let about = decision.operator.and_then(|operator| explained.get_mut(&operator));
                about.into_iter().for_each(|told| told.push((guest.conversation(), brief(&decision))));
            }
        }
        let store: Arc<dyn Store> = self.house.memory.clone();
        for (operator, mut explained) in explained {
            let (mut listed, mut after) = (Vec::new(), None);
            loop {
                let page = decisions::page(&store, self.house.account, operator, after, 7).await.unwrap();
                listed.extend(page.0.iter().map(|told| (told.conversation, brief(&told.decision))));
                after = page.1;
                if after.is_none() {
                    break;
                }
            }
            assert!(listed.is_sorted_by(|(_, newer), (_, older)| newer.0 >= older.0), "newest first");
            listed.sort_unstable();
            explained.sort_unstable();
            assert_eq!(listed, explained, "{operator}");
        }
    }

    /// The sky clears, everybody goes, and hours pass: every message has come to an end, and the record says which.
    async fn the_end(&mut self) {
        self.house.misbehave(Misbehaviour::default());
        let now = self.house.now();
        for (_, plug, status, since) in std::mem::take(&mut self.plugs) {
            if status == Status::Online {
                self.online.push((since, now));
            }
            self.house.leave(&plug).await;
        }
        self.house.wait_by(3 * 3_600, 30).await;
        self.check().await;
        for (guest, _) in self.guests.clone() {
            if self.house.document(guest.conversation()).await.is_none() {
                continue;
            }
            let explanation = self.house.explain(&guest).await;
            assert!(explanation.timers.iter().all(|t| t.state != TimerState::Running), "{:?}", explanation.timers);
            for (seq, message) in self.house.messages(guest.conversation()).await {
                let is_decided = explanation.decisions.iter().any(|d| d.seqs.contains(&seq));
                let is_visitors = matches!(message.author, Author::Visitor { .. });
                assert!(!is_visitors || is_decided, "message {seq} ends without a word");
            }
        }
    }
}

/// What tells decisions apart.
fn brief(decision: &Decision) -> (Timestamp, Kind, Code, Vec<u64>, Option<LetterId>) {
    (decision.at, decision.kind, decision.code(), decision.seqs.clone(), decision.letter)
}

fn number_from(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// Says which seed failed.
struct Seed(u64);

impl Drop for Seed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("STORMS_SEED={} STORMS_COUNT=1", self.0);
        }
    }
}

#[test]
fn no_storm_loses_what_was_acknowledged_or_mails_twice_or_says_what_is_not_so() {
    let first = number_from("STORMS_SEED", 1);
    let count = number_from("STORMS_COUNT", 250);
    let (mut letters, mut written) = (0, 0);
    for seed in first..first + count {
        let told = Seed(seed);
        let (sent, said) = in_paused_time(async {
            let mut storm = Storm::new(seed).await;
            for _ in 0..STEPS {
                storm.step().await;
            }
            storm.check().await;
            storm.the_end().await;
            (storm.house.letters().await.len() as u64, storm.written.len() as u64)
        });
        (letters, written) = (letters + sent, written + said);
        drop(told);
    }
    assert!(count == 1 || (letters > count / 2 && written > 4 * count), "calm: {letters} letters, {written} messages");
}
