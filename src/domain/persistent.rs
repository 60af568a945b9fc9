//! Values whose copies are cheap, for copies share what neither has changed. A step works on a copy of its document, and most of
//! that stays as it was.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// So many elements are copied at the most where a list grows that shares its end.
const CHUNK_LEN_MAX: usize = 32;

/// A value that is copied once it is changed, if somebody else has it too.
#[derive(Clone, Debug, Eq)]
pub struct Value<T>(Arc<T>);

impl<T> From<T> for Value<T> {
    fn from(value: T) -> Self {
        Self(Arc::new(value))
    }
}

impl<T> Deref for Value<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Clone> DerefMut for Value<T> {
    fn deref_mut(&mut self) -> &mut T {
        Arc::make_mut(&mut self.0)
    }
}

impl<T: PartialEq> PartialEq for Value<T> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0 == other.0
    }
}

impl<T: Serialize> Serialize for Value<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Value<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self::from)
    }
}

/// A list that grows at its end and is cut at its beginning.
#[derive(Clone)]
pub struct List<T> {
    /// None of them is empty.
    chunks: Vec<Arc<Vec<T>>>,
    /// How many elements of the first chunk are cut off; fewer than it has.
    cut: usize,
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self { chunks: Vec::new(), cut: 0 }
    }
}

impl<T> List<T> {
    /// How many elements it has.
    pub fn len(&self) -> usize {
        self.chunks.iter().map(|chunk| chunk.len()).sum::<usize>() - self.cut
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// All elements in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> + Clone {
        let (first, rest) = match self.chunks.split_first() {
            Some((first, rest)) => (&first[self.cut..], rest),
            None => (&[][..], &[][..]),
        };
        first.iter().chain(rest.iter().flat_map(|chunk| chunk.iter()))
    }

    /// The first element.
    pub fn first(&self) -> Option<&T> {
        self.chunks.first().and_then(|chunk| chunk.get(self.cut))
    }

    /// The last element.
    pub fn last(&self) -> Option<&T> {
        self.chunks.last().and_then(|chunk| chunk.last())
    }

    /// Cuts so many elements off at the beginning.
    pub fn cut(&mut self, count: usize) {
        let mut cut = self.cut + count;
        let mut gone = 0;
        while let Some(chunk) = self.chunks.get(gone).filter(|chunk| cut >= chunk.len()) {
            cut -= chunk.len();
            gone += 1;
        }
        self.chunks.drain(..gone);
        self.cut = if self.chunks.is_empty() { 0 } else { cut };
    }
}

impl<T: Clone> List<T> {
    /// One more at the end.
    pub fn push(&mut self, element: T) {
        match self.chunks.last_mut().filter(|last| last.len() < CHUNK_LEN_MAX) {
            Some(last) => Arc::make_mut(last).push(element),
            None => self.chunks.push(Arc::new(vec![element])),
        }
    }

    /// One more at a place; what was there, and what comes after it, moves on.
    pub fn insert(&mut self, place: usize, element: T) {
        let mut rest = Vec::new();
        for _ in place..self.len() {
            rest.extend(self.pop());
        }
        self.push(element);
        rest.into_iter().rev().for_each(|element| self.push(element));
    }

    fn pop(&mut self) -> Option<T> {
        let is_one = self.chunks.len() == 1;
        let last = Arc::make_mut(self.chunks.last_mut()?);
        let popped = last.pop();
        if last.is_empty() || (is_one && last.len() == self.cut) {
            self.chunks.pop();
            self.cut = if is_one { 0 } else { self.cut };
        }
        popped
    }
}

impl<T: PartialEq> List<T> {
    /// How many elements, from the first on, are those of the other list after its first `skipped`.
    pub fn common_len(&self, other: &Self, skipped: usize) -> usize {
        self.iter().zip(other.iter().skip(skipped)).take_while(|(one, other)| are_same(*one, *other)).count()
    }
}

/// Equal, and at once where they are one.
fn are_same<T: PartialEq>(one: &T, other: &T) -> bool {
    std::ptr::eq(one, other) || one == other
}

impl<T: PartialEq> PartialEq for List<T> {
    fn eq(&self, other: &Self) -> bool {
        let len = self.len();
        len == other.len() && self.common_len(other, 0) == len
    }
}

impl<T: Eq> Eq for List<T> {}

impl<T: fmt::Debug> fmt::Debug for List<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<T: Clone> Extend<T> for List<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, elements: I) {
        elements.into_iter().for_each(|element| self.push(element));
    }
}

impl<T: Clone> FromIterator<T> for List<T> {
    fn from_iter<I: IntoIterator<Item = T>>(elements: I) -> Self {
        let mut list = Self::default();
        list.extend(elements);
        list
    }
}

impl<T: Serialize> Serialize for List<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de, T: Deserialize<'de> + Clone> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(|elements| elements.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Copy, Debug)]
    enum Change {
        Push,
        Insert(usize),
        Cut(usize),
        /// A copy is made, and must stay as it is.
        Copy,
    }

    fn changes() -> impl Strategy<Value = Vec<Change>> {
        let change = prop_oneof![
            6 => Just(Change::Push),
            2 => any::<usize>().prop_map(Change::Insert),
            1 => (0..70_usize).prop_map(Change::Cut),
            1 => Just(Change::Copy),
        ];
        proptest::collection::vec(change, 0..300)
    }

    proptest! {
        #[test]
        fn a_list_is_what_a_vector_is_and_its_copies_stay(changes in changes()) {
            let (mut list, mut vec) = (List::default(), Vec::new());
            let mut copies = Vec::new();
            for (number, change) in changes.into_iter().enumerate() {
                match change {
                    Change::Push => {
                        list.push(number);
                        vec.push(number);
                    }
                    Change::Insert(place) => {
                        let place = place % (vec.len() + 1);
                        list.insert(place, number);
                        vec.insert(place, number);
                    }
                    Change::Cut(count) => {
                        let count = count.min(vec.len());
                        list.cut(count);
                        vec.drain(..count);
                    }
                    Change::Copy => copies.push((list.clone(), vec.clone())),
                }
                prop_assert_eq!(list.len(), vec.len());
                prop_assert_eq!(list.is_empty(), vec.is_empty());
                prop_assert_eq!((list.first(), list.last()), (vec.first(), vec.last()));
            }
            copies.push((list.clone(), vec));
            for (copy, was) in &copies {
                prop_assert!(copy.iter().eq(was.iter()));
                prop_assert!(copy.iter().rev().eq(was.iter().rev()));
                let common = was.iter().zip(list.iter()).take_while(|(one, other)| one == other).count();
                prop_assert_eq!(copy.common_len(&list, 0), common);
                prop_assert_eq!(*copy == list, was.iter().eq(list.iter()));
            }
        }
    }

    #[test]
    fn a_copy_of_a_value_stays_as_it_was() {
        let mut value = Value::from(vec![1]);
        let copy = value.clone();
        value.push(2);
        assert_eq!((&**value, &**copy), (&[1, 2][..], &[1][..]));
        assert_ne!(value, copy);
        value.pop();
        assert_eq!(value, copy, "it is equal, though not the same");
    }
}
