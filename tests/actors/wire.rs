//! A bus that loses, holds back and swaps what nodes tell each other, as the real one may. What it loses it owns up to with a
//! gap, sooner or later.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use doorbell::domain::time::Timestamp;
use doorbell::ports::bus::{Bus, Heard, Hint};
use doorbell::ports::journal::Answer;
use tokio::sync::Notify;

use super::house::House;

/// How bad it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Noise {
    /// How many hints of a thousand are lost.
    pub lost_permille: u64,
    /// How many are held back until others have passed.
    pub swapped_permille: u64,
    /// How long each batch takes at most, in milliseconds.
    pub delay_max_ms: u64,
}

/// See the module.
pub struct NoisyBus {
    inner: Arc<dyn Bus>,
    state: Arc<Mutex<State>>,
    /// Cut: nothing is told or heard.
    pub cut: Arc<AtomicBool>,
    /// Rung when something may have been missed that was never told.
    pub gap: Arc<Notify>,
}

struct State {
    dice: u64,
    noise: Noise,
    owes_a_gap: bool,
}

impl State {
    fn below(&mut self, end: u64) -> u64 {
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 7;
        self.dice ^= self.dice << 17;
        self.dice % end.max(1)
    }
}

impl NoisyBus {
    pub fn new(inner: Arc<dyn Bus>, seed: u64, noise: Noise) -> Self {
        let state = State { dice: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1, noise, owes_a_gap: false };
        Self { inner, state: Arc::new(Mutex::new(state)), cut: Arc::default(), gap: Arc::default() }
    }
}

impl Bus for NoisyBus {
    fn tell(&self, hint: Hint) {
        if !self.cut.load(Ordering::Relaxed) {
            self.inner.tell(hint);
        }
    }

    fn hear(&self) -> Answer<Vec<Heard>> {
        let (inner, state, cut) = (Arc::clone(&self.inner), Arc::clone(&self.state), Arc::clone(&self.cut));
        let gap = Arc::clone(&self.gap);
        Box::pin(async move {
            loop {
                // What was lost is owned up to after a while, also if nothing more comes.
                let owes = state.lock().unwrap().owes_a_gap;
                let patience = if owes { Duration::from_secs(3) } else { Duration::from_hours(24) };
                let heard = tokio::select! {
                    heard = tokio::time::timeout(patience, inner.hear()) => heard.ok(),
                    () = gap.notified() => None,
                };
                let Some(heard) = heard else {
                    state.lock().unwrap().owes_a_gap = false;
                    return vec![Heard::Gap];
                };
                let delay = {
                    let mut state = state.lock().unwrap();
                    let longest = state.noise.delay_max_ms;
                    state.below(longest + 1)
                };
                if delay > 0 {
                    tokio::time::sleep(Duration::from_millis(delay)).await;
                }
                let mut state = state.lock().unwrap();
                if cut.load(Ordering::Relaxed) {
                    state.owes_a_gap = true;
                    continue;
                }
                let (mut passed, mut late) = (Vec::new(), Vec::new());
                for heard in heard {
                    if state.below(1_000) < state.noise.lost_permille {
                        state.owes_a_gap = true;
                    } else if state.below(1_000) < state.noise.swapped_permille {
                        late.push(heard);
                    } else {
                        passed.push(heard);
                    }
                }
                passed.append(&mut late);
                if !passed.is_empty() {
                    return passed;
                }
            }
        })
    }

    fn deaf_since(&self) -> Option<Timestamp> {
        None
    }
}

impl House {
    /// What others tell the present node is lost, or no longer.
    pub fn lose_hints(&self, are_lost: bool) {
        self.life().cut.as_ref().expect("there are others").store(are_lost, Ordering::Relaxed);
    }

    /// Something may have been missed at the present node.
    pub fn gap(&self) {
        self.life().gap.notify_one();
    }
}
