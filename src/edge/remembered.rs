//! What is remembered of many, in bounded memory.

use std::collections::HashMap;
use std::hash::Hash;

/// Values by key, of which those that were not asked for the longest are forgotten: at least the newest `len_max`, at most
/// twice as many, are held. So a stranger who invents keys can make it forget, but not grow.
pub struct Remembered<K, V> {
    len_max: usize,
    young: HashMap<K, V>,
    old: HashMap<K, V>,
}

impl<K: Eq + Hash, V> Remembered<K, V> {
    /// An empty one.
    pub fn new(len_max: usize) -> Self {
        Self { len_max: len_max.max(1), young: HashMap::new(), old: HashMap::new() }
    }

    /// The value of a key, made if there is none.
    pub fn entry(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        if self.young.len() >= self.len_max && !self.young.contains_key(&key) {
            self.old = std::mem::take(&mut self.young);
        }
        let old = &mut self.old;
        self.young.entry(key).or_insert_with_key(|key| old.remove(key).unwrap_or_else(make))
    }

    /// The value of a key, if it is remembered.
    pub fn get(&self, key: &K) -> Option<&V> {
        self.young.get(key).or_else(|| self.old.get(key))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.young.len() + self.old.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets a key.
    pub fn forget(&mut self, key: &K) {
        self.young.remove(key);
        self.old.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_forgets_what_was_not_asked_for_and_never_grows_beyond_twice_its_size() {
        const ASKED_FOR: u32 = 5_000;
        let mut remembered = Remembered::new(10);
        for n in 0..1_000 {
            *remembered.entry(ASKED_FOR, || 0) += 1;
            remembered.entry(n, || 0);
            assert!(remembered.len() <= 20);
        }
        assert_eq!(remembered.get(&ASKED_FOR), Some(&1_000));
        assert_eq!(remembered.get(&5), None);
        assert!(remembered.get(&999).is_some());
        remembered.forget(&999);
        assert_eq!(remembered.get(&999), None);
    }
}
