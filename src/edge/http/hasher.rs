//! Password hashing beside the arbiters: so many at once, and not too many waiting.

use std::sync::Arc;

use actix_web::web;
use tokio::sync::Semaphore;

use crate::domain::refusal::Refusal;
use crate::office::passwords::{NewPassword, PasswordHashed};
use crate::ports::figures;

/// How many wait for their turn before more are turned away: with two at once, about two seconds' worth.
const QUEUE_LEN_MAX: usize = 128;

/// Where passwords are hashed. Cheap to clone.
#[derive(Clone)]
pub struct Hasher {
    at_work: Arc<Semaphore>,
    queue: Arc<Semaphore>,
}

impl Hasher {
    /// So many at once; each takes a core and about 20 MB.
    pub fn new(parallel: usize) -> Self {
        let parallel = parallel.max(1);
        Self { at_work: Arc::new(Semaphore::new(parallel)), queue: Arc::new(Semaphore::new(parallel + QUEUE_LEN_MAX)) }
    }

    /// Hashes a password; `about` are words that others know of its owner.
    ///
    /// # Errors
    /// `invalid` for one that is easily guessed; `unavailable` when too many wait.
    pub async fn hash(&self, password: NewPassword, about: Vec<String>) -> Result<PasswordHashed, Refusal> {
        self.run(move || password.hash(&about.iter().map(String::as_str).collect::<Vec<_>>())).await?
    }

    /// Whether the password fits the hash; `None`: there is no hash, which takes as long to find out.
    ///
    /// # Errors
    /// `unavailable` when too many wait.
    pub async fn fits(&self, hash: Option<PasswordHashed>, password: &str) -> Result<bool, Refusal> {
        let password = password.to_owned();
        self.run(move || {
            let is_somebodys = hash.is_some();
            // Both work; nobody's hash fits nothing.
            hash.as_ref().unwrap_or_else(|| PasswordHashed::nobodys()).fits(&password) && is_somebodys
        })
        .await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Refusal> {
        let busy = || {
            figures::limited("argon2_parallel");
            Refusal::unavailable("too many log-ins at once")
        };
        let waits = Arc::clone(&self.queue).try_acquire_owned().map_err(|_| busy())?;
        let works = Arc::clone(&self.at_work).acquire_owned().await.map_err(|_| busy())?;
        // Who asked may go away meanwhile; the work goes on, and keeps its place until it is done.
        let work = move || {
            let done = work();
            drop((waits, works));
            done
        };
        web::block(work).await.map_err(|_| busy())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::refusal::RefusalCode;
    use std::sync::Mutex;
    use std::sync::mpsc::{Receiver, Sender, channel};

    /// Work that goes on until it is told to end, and tells that it began.
    async fn held(hasher: Hasher, begun: Sender<()>, gate: Arc<Mutex<Receiver<()>>>) -> Result<(), Refusal> {
        let work = move || {
            let _ = begun.send(());
            // Until there is no sender any more.
            let _ = gate.lock().map(|gate| gate.recv());
        };
        hasher.run(work).await
    }

    #[actix_rt::test]
    async fn so_many_work_so_many_wait_and_the_rest_is_turned_away_with_a_time() {
        let hasher = Hasher::new(1);
        let ((closed, gate), (begun, begins)) = (channel(), channel());
        let gate = Arc::new(Mutex::new(gate));
        let held = || actix_rt::spawn(held(hasher.clone(), begun.clone(), Arc::clone(&gate)));
        let all: Vec<_> = (0..=QUEUE_LEN_MAX).map(|_| held()).collect();
        let refusal = held().await.unwrap().unwrap_err();
        assert_eq!((refusal.code, refusal.retry_after.is_some()), (RefusalCode::Unavailable, true));
        begins.recv().unwrap();
        assert!(begins.try_recv().is_err(), "one works");
        drop(closed);
        for waited in all {
            assert_eq!(waited.await.unwrap(), Ok(()));
        }
        assert_eq!(held().await.unwrap(), Ok(()));
    }

    #[actix_rt::test]
    async fn who_goes_away_leaves_no_room_for_more_work_at_once() {
        let hasher = Hasher::new(1);
        let ((closed, gate), (begun, begins)) = (channel(), channel());
        let gate = Arc::new(Mutex::new(gate));
        let gone = actix_rt::spawn(held(hasher.clone(), begun.clone(), Arc::clone(&gate)));
        while begins.try_recv().is_err() {
            tokio::task::yield_now().await;
        }
        gone.abort();
        assert!(gone.await.is_err());
        assert_eq!(hasher.at_work.available_permits(), 0, "it works on");
        drop(closed);
        let next = held(hasher.clone(), begun, gate).await;
        assert_eq!(next, Ok(()));
    }
}
