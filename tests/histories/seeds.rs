//! Where histories come from, and how a failing one is made short.

use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};

use crate::history::{Band, Happening};

/// A small generator of random numbers (splitmix64): the same on every machine.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn of(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % sides as u64) as usize
    }

    pub(crate) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.roll(of.len())]
    }
}

/// Plays a history per seed; the first that fails is made short and told.
pub(crate) fn for_every_seed(count: u64, band: Band, play: impl Fn(&[Happening])) {
    let asked = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let first = asked("HISTORIES_SEED").unwrap_or(1);
    for seed in first..first + asked("HISTORIES_COUNT").unwrap_or(count) {
        let mut dice = Dice::of(seed);
        let history: Vec<_> = (0..10 + dice.roll(40)).map(|_| Happening::any(&mut dice, band)).collect();
        if fails(&history, &play).is_some() {
            let short = shortened(history, &play);
            let why = fails(&short, &play).unwrap_or_default();
            let lines: Vec<_> = short.iter().map(|happening| format!("  {happening:?}")).collect();
            panic!("HISTORIES_SEED={seed} fails, at the shortest with\n{}\n{why}", lines.join("\n"));
        }
    }
}

/// Why a history fails, if it does.
fn fails(history: &[Happening], play: &impl Fn(&[Happening])) -> Option<String> {
    let failure = catch_unwind(AssertUnwindSafe(|| play(history))).err()?;
    let text = failure.downcast_ref::<String>().cloned();
    Some(text.or_else(|| failure.downcast_ref::<&str>().map(|t| (*t).to_owned())).unwrap_or_default())
}

/// Leaves out what is not needed for it to fail, in ever smaller pieces.
fn shortened(mut history: Vec<Happening>, play: &impl Fn(&[Happening])) -> Vec<Happening> {
    let hook = take_hook();
    set_hook(Box::new(|_| ()));
    let mut piece = history.len() / 2;
    while piece > 0 {
        let mut from = 0;
        while from < history.len() {
            let mut less = history.clone();
            less.drain(from..(from + piece).min(history.len()));
            if fails(&less, play).is_some() {
                history = less;
            } else {
                from += piece;
            }
        }
        piece /= 2;
    }
    set_hook(hook);
    history
}
