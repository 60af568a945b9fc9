//! Storms: random histories over the real actors and a store that delays, conflicts, loses requests and answers, with the
//! power going at any step; on one node, and on several that lose what they tell each other, die, stand still and are cut off.
//! Whatever happens: what was acknowledged is there once, nobody is mailed twice or while somebody was there, every message ends
//! with a decision, the record never contradicts the outbox, and in the end all nodes say the same.
//!
//! A history comes of a seed, which a failure prints; `STORMS_SEED=… STORMS_COUNT=1 cargo test --test actors storms` plays
//! it again.

mod holds;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use doorbell::actors::api::{Ended, SlotId, VisitorDone};
use doorbell::domain::account::{Kind, Switch};
use doorbell::domain::conversation::deed::Deed;
use doorbell::domain::conversation::message::Author;
use doorbell::domain::ids::{LetterId, OperatorId};
use doorbell::domain::news::TimerState;
use doorbell::domain::notice::explain::Decision;
use doorbell::domain::notice::reason::Code;
use doorbell::domain::presence::status::Status;
use doorbell::domain::time::{Span, Timestamp};
use doorbell::store::adversary::Plan as Misbehaviour;

use crate::house::{Guest, House, Plug, in_paused_time, reply, write};
use crate::wire::Noise;

const WEATHER: Misbehaviour = Misbehaviour {
    yields_max: 12,
    conflict_permille: 120,
    lost_answer_permille: 80,
    lost_request_permille: 80,
    fail_over_permille: 0,
};
const NOISE: Noise = Noise { lost_permille: 100, swapped_permille: 150, delay_max_ms: 80 };
const STEPS: u64 = 24;
/// How many nodes there are where there are several.
const NODES: usize = 3;

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
    guests: Vec<Visit>,
    plugs: Vec<Seat>,
    /// Acknowledged: the client's name of each message, with its conversation's guest and place.
    written: BTreeMap<String, (usize, u64)>,
    /// For these times somebody was online by acknowledged acts.
    online: Vec<(Timestamp, Timestamp)>,
}

/// A visitor, and the node where they have a socket.
#[derive(Clone, Copy)]
struct Visit {
    guest: Guest,
    at: Option<usize>,
}

/// An operator's socket at a node, and since when its device is known to be what it is.
struct Seat {
    who: OperatorId,
    plug: Plug,
    at: usize,
    status: Status,
    since: Timestamp,
}

impl Storm {
    async fn new(seed: u64, nodes: usize) -> Self {
        let dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        let noise = if nodes > 1 { NOISE } else { Noise::default() };
        let house = House::open_on_with(nodes, seed, WEATHER, noise, |_| ()).await;
        Self { house, dice, guests: Vec::new(), plugs: Vec::new(), written: BTreeMap::new(), online: Vec::new() }
    }

    fn go_somewhere(&mut self) {
        let living: Vec<usize> = (0..self.house.size()).filter(|node| self.house.lives(*node)).collect();
        let node = living[self.dice.below(living.len() as u64) as usize];
        self.house.go_to(node);
    }

    /// The device is known to have been online until now, and nothing more.
    fn close_proof(&mut self, of: impl Fn(&Seat) -> bool) {
        let now = self.house.now();
        for seat in self.plugs.iter_mut().filter(|seat| of(seat)) {
            if seat.status == Status::Online {
                self.online.push((seat.since, now));
            }
            seat.status = Status::Offline;
        }
    }

    /// Time passes; the clients answer what their nodes ask them.
    async fn time_passes(&mut self, seconds: i64) {
        if self.house.size() == 1 {
            return self.house.wait_by(seconds, 4).await;
        }
        let end = self.house.now() + Span::from_secs(seconds);
        while self.house.now() < end {
            self.house.wait_by(4.min(((end - self.house.now()).0 + 999) / 1_000), 4).await;
            self.everybody_answers().await;
        }
    }

    async fn everybody_answers(&mut self) {
        let here = self.house.here();
        for node in (0..self.house.size()).filter(|node| self.house.lives(*node)).collect::<Vec<_>>() {
            self.house.go_to(node);
            if self.house.is_unable() {
                continue;
            }
            let plugs: Vec<&Plug> = self.plugs.iter().filter(|seat| seat.at == node).map(|seat| &seat.plug).collect();
            let asked: Vec<SlotId> = self.house.asked_for_proof();
            let guests = self.guests.iter().filter(|visit| visit.at == Some(node) && asked.contains(&visit.guest.slot));
            let guests: Vec<&Guest> = guests.map(|visit| &visit.guest).collect();
            self.house.everybody_answers(&plugs, &guests).await;
        }
        self.house.go_to(here);
    }

    fn somebody(&mut self) -> OperatorId {
        if self.dice.below(2) == 0 { self.house.anna } else { self.house.bob }
    }

    async fn step(&mut self) {
        self.go_somewhere();
        let end = if self.house.size() > 1 { 16 } else { 14 };
        match self.dice.below(end) {
            0..=3 => self.somebody_writes().await,
            4 => self.a_guest_goes_or_comes().await,
            5 | 6 => self.somebody_enters().await,
            7 => self.somebody_leaves().await,
            8 => self.somebody_chooses().await,
            9 | 10 => self.somebody_acts().await,
            11 => self.somebody_flips_a_switch().await,
            12 => {
                let seconds = self.dice.below(150) as i64;
                self.time_passes(seconds).await;
            }
            13 => self.the_power_goes().await,
            14 => self.a_node_stands_still().await,
            _ => self.a_node_is_cut_off().await,
        }
    }

    /// One to three messages at once, the first of them twice under one name.
    async fn somebody_writes(&mut self) {
        let place = if self.guests.is_empty() || self.dice.below(3) == 0 {
            let guest = self.house.guest().await;
            self.guests.push(Visit { guest, at: Some(self.house.here()) });
            self.guests.len() - 1
        } else {
            self.dice.below(self.guests.len() as u64) as usize
        };
        let Visit { guest, at: Some(node) } = self.guests[place] else { return };
        self.house.go_to(node);
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
        let Visit { guest, at } = self.guests[place];
        if let Some(node) = at {
            self.house.go_to(node);
        }
        if at.is_some() && self.dice.below(2) == 0 {
            self.house.guest_leaves(&guest).await;
            self.guests[place].at = None;
        } else if at.is_some() {
            let ended = self.house.guest_end(&guest, Ended::Broken { last_sign: self.house.now() });
            drop(self.house.during(self.house.accounts().ask(self.house.account, ended)).await);
            self.guests[place].at = None;
        } else {
            let guest = self.house.guest_returns(&guest).await.0;
            self.guests[place] = Visit { guest, at: Some(self.house.here()) };
        }
    }

    async fn somebody_enters(&mut self) {
        let who = self.somebody();
        let device = if self.dice.below(2) == 0 { "laptop" } else { "phone" };
        let plug = self.house.enter(who, device).await;
        // The devices' choice is kept from before: it is said anew, so that the test knows it.
        self.house.choose(&plug, Status::Online).await;
        let (at, since) = (self.house.here(), self.house.now());
        self.plugs.push(Seat { who, plug, at, status: Status::Online, since });
    }

    async fn somebody_leaves(&mut self) {
        if self.plugs.is_empty() {
            return;
        }
        let place = self.dice.below(self.plugs.len() as u64) as usize;
        let Seat { plug, at, status, since, .. } = self.plugs.swap_remove(place);
        if status == Status::Online {
            self.online.push((since, self.house.now()));
        }
        self.house.go_to(at);
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
        let (who, chosen, at) = (self.plugs[place].who, self.plugs[place].plug.clone(), self.plugs[place].at);
        // The other tabs and devices of the test share names: whoever may share this one's device is no proof any more.
        self.close_proof(|seat| seat.who == who);
        self.house.go_to(at);
        self.house.choose(&chosen, state).await;
        (self.plugs[place].status, self.plugs[place].since) = (state, self.house.now());
    }

    async fn somebody_acts(&mut self) {
        let known: Vec<usize> = self.written.values().map(|(place, _)| *place).collect();
        if known.is_empty() {
            return;
        }
        let guest = self.guests[known[self.dice.below(known.len() as u64) as usize]].guest;
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

    /// Of one node; the others go on meanwhile.
    async fn the_power_goes(&mut self) {
        let here = self.house.here();
        self.close_proof(|seat| seat.at == here);
        self.plugs.retain(|seat| seat.at != here);
        self.guests.iter_mut().filter(|visit| visit.at == Some(here)).for_each(|visit| visit.at = None);
        let down = self.dice.below(400) as i64;
        if self.house.size() == 1 {
            return self.house.restart(Span::from_secs(down)).await;
        }
        let last_renewal = self.house.now();
        self.house.kill();
        if (0..self.house.size()).any(|node| self.house.lives(node)) {
            self.go_somewhere();
            self.time_passes(down).await;
            self.house.go_to(here);
        }
        self.house.start_again(last_renewal).await;
    }

    async fn a_node_stands_still(&mut self) {
        let here = self.house.here();
        self.close_proof(|seat| seat.at == here);
        self.house.pause(true);
        self.house.go_to((here + 1) % NODES);
        let seconds = self.dice.below(90) as i64;
        self.time_passes(seconds).await;
        self.house.go_to(here);
        self.house.pause(false);
        self.time_passes(4).await;
    }

    async fn a_node_is_cut_off(&mut self) {
        let here = self.house.here();
        self.close_proof(|seat| seat.at == here);
        self.house.cut_off(true);
        self.house.go_to((here + 1) % NODES);
        let seconds = self.dice.below(90) as i64;
        self.time_passes(seconds).await;
        self.house.go_to(here);
        self.house.cut_off(false);
        self.time_passes(8).await;
    }

    /// The sky clears, everybody goes, and hours pass: every message has come to an end, and the record says which.
    async fn the_end(&mut self) {
        self.house.misbehave(Misbehaviour::default());
        self.close_proof(|_| true);
        for Seat { plug, at, .. } in std::mem::take(&mut self.plugs) {
            self.house.go_to(at);
            self.house.leave(&plug).await;
        }
        for place in 0..self.guests.len() {
            if let (Visit { guest, at: Some(node) }, true) = (self.guests[place], self.house.size() > 1) {
                self.house.go_to(node);
                self.house.guest_leaves(&guest).await;
                self.guests[place].at = None;
            }
        }
        self.go_somewhere();
        // With several nodes each looks at its leases every second: the longest pauses have to do.
        let hours = if self.house.size() > 1 { 2_700 } else { 3 * 3_600 };
        self.house.wait_by(hours, 30).await;
        self.check().await;
        self.all_nodes_say_the_same().await;
        for Visit { guest, .. } in self.guests.clone() {
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
    storms(1, 250);
}

#[test]
fn no_storm_over_several_nodes_does_either() {
    storms(NODES, 100);
}

/// Plays them on all cores.
fn storms(nodes: usize, count: u64) {
    let first = number_from("STORMS_SEED", 1);
    let count = number_from("STORMS_COUNT", count);
    let next = AtomicU64::new(first);
    let play_some = || {
        let seeds = std::iter::from_fn(|| Some(next.fetch_add(1, Ordering::Relaxed)));
        let played = seeds.take_while(|seed| *seed < first + count).map(|seed| play(seed, nodes));
        played.fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1))
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let (mut letters, mut written) = (0, 0);
    thread::scope(|scope| {
        let players: Vec<_> = (0..cores).map(|_| scope.spawn(play_some)).collect();
        for player in players {
            let (sent, said) = player.join().expect("every storm ends well: above is said which one did not");
            (letters, written) = (letters + sent, written + said);
        }
    });
    assert!(count == 1 || (letters > count / 2 && written > 4 * count), "calm: {letters} letters, {written} messages");
}

/// How many letters were sent, and messages written.
fn play(seed: u64, nodes: usize) -> (u64, u64) {
    let _told = Seed(seed);
    in_paused_time(async {
        let mut storm = Storm::new(seed, nodes).await;
        for _ in 0..STEPS {
            storm.step().await;
        }
        if nodes > 1 {
            // What was lost on the way between them is made good by then.
            storm.time_passes(12).await;
            storm.house.wait_by(3, 1).await;
        }
        storm.check().await;
        storm.all_nodes_say_the_same().await;
        storm.the_end().await;
        (storm.house.letters().await.len() as u64, storm.written.len() as u64)
    })
}
