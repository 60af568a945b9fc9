//! Documents that are looked up in one breath are one question to the store. After a restart thousands of visitors come back
//! at once, and hardly any of them has a conversation: asked one by one, the questions would cost more than all the rest.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use tokio::sync::oneshot;

use crate::ports::journal::{DocKey, Store, StoreError, Stored};

/// How many are asked for at once.
const SLICE_LEN: usize = 256;

type Found = Result<Option<Stored>, StoreError>;

/// The look-ups of one arbiter.
#[derive(Default)]
pub struct Lookup {
    waiting: RefCell<Vec<Asked>>,
}

struct Asked {
    key: DocKey,
    answer: oneshot::Sender<Found>,
}

impl Lookup {
    /// The document, as it is at some time after this was asked.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn load(self: &Rc<Self>, store: &Arc<dyn Store>, key: DocKey) -> Found {
        let (answer, answered) = oneshot::channel();
        let is_first = {
            let mut waiting = self.waiting.borrow_mut();
            waiting.push(Asked { key, answer });
            waiting.len() == 1
        };
        if is_first {
            actix_rt::spawn(Rc::clone(self).ask(Arc::clone(store)));
        }
        answered.await.unwrap_or_else(|_| Err(StoreError::Unavailable("the look-up was given up".to_owned())))
    }

    async fn ask(self: Rc<Self>, store: Arc<dyn Store>) {
        // Whoever asks in this breath comes first.
        tokio::task::yield_now().await;
        let mut asked = self.waiting.take();
        while !asked.is_empty() {
            let rest = asked.split_off(asked.len().min(SLICE_LEN));
            let found = store.load(asked.iter().map(|asked| asked.key).collect()).await;
            answer(asked, found);
            asked = rest;
        }
    }
}

/// Who asked may have gone: then nobody waits for the answer.
fn answer(asked: Vec<Asked>, found: Result<Vec<Option<Stored>>, StoreError>) {
    match found {
        Ok(found) => asked.into_iter().zip(found).for_each(|(asked, found)| drop(asked.answer.send(Ok(found)))),
        Err(why) => asked.into_iter().for_each(|asked| drop(asked.answer.send(Err(why.clone())))),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::ids::{AccountId, ConversationId};
    use crate::ports::journal::{Commit, Write};
    use crate::ports::record;
    use crate::store::memory::MemoryStore;

    #[actix_rt::test]
    async fn everybody_who_asks_in_one_breath_gets_their_own_answer() {
        let store: Arc<dyn Store> = MemoryStore::new();
        let key = |n: u128| DocKey::Conversation(AccountId(Uuid::from_u128(1)), ConversationId(Uuid::from_u128(n)));
        // Every third is there; more than one slice of them.
        let number = 2 * SLICE_LEN as u128 + 7;
        let there = || (0..number).filter(|n| n % 3 == 0);
        let write = |n: u128| Write { key: key(n), token: record::mint(None), state: n.to_be_bytes().to_vec() };
        let (reads, writes) = (there().map(|n| (key(n), None)).collect(), there().map(write).collect());
        store.commit(Commit { reads, writes, ..Commit::default() }).await;
        let lookup = Rc::new(Lookup::default());
        let asked = (0..number).map(|n| lookup.load(&store, key(n)));
        let found = futures_util::future::join_all(asked).await;
        for (n, found) in (0..number).zip(found) {
            let expected = (n % 3 == 0).then(|| n.to_be_bytes().to_vec());
            assert_eq!(found.unwrap().map(|stored| stored.state), expected, "{n}");
        }
        assert!(lookup.waiting.borrow().is_empty());
    }
}
