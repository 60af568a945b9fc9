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

    /// Hashes a password.
    ///
    /// # Errors
    /// `unavailable` when too many wait.
    pub async fn hash(&self, password: NewPassword) -> Result<PasswordHashed, Refusal> {
        self.run(move || password.hash()).await?
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
        let _waits = self.queue.try_acquire().map_err(|_| busy())?;
        let _works = self.at_work.acquire().await.map_err(|_| busy())?;
        web::block(work).await.map_err(|_| busy())
    }
}
