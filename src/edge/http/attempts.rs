//! Attempts at passwords: counted, and slower and slower where they fail.
//!
//! - So many a minute from one address (a household), and so many for one email address.
//! - Who fails `FREE` times in a row for one email address waits before the next try, twice as long with each failure, up to
//!   `WAIT_MAX`. A success ends it. Counted for each (email address, household), so that a stranger's failures are the
//!   stranger's.
//! - After `FREE_ANYWHERE` failures in a row from anywhere the email address itself waits likewise: a guesser with many
//!   addresses. Neither this nor the limit per email holds for a household from which somebody has logged in with that address
//!   since the server's start: its owner is not locked out by strangers.
//!
//! All of it is the same for addresses that nobody has, in memory only, and bounded (`KEYS_MAX`).
//!
//! Where several nodes share a store, they count together too ([`Together`]), so that a guesser who spreads over them is no
//! better off: the limits a minute and an hour are those of all nodes, and tries that were not followed by a success are
//! counted for each (email address, household) and each email address, `AT_ONCE` and `AT_ONCE_ANYWHERE` of them at once and
//! then one in every `WAIT_MAX`: as many as growing waits let through in the same time, but for their order. What a node
//! knows alone is who is at home: somebody who has only logged in at another node may have to wait with the strangers.

use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::domain::ids::AccountId;
use crate::domain::refusal::{Refusal, RefusalCode};
use crate::domain::time::{Span, Timestamp};
use crate::edge::limits::{Bucket, Household, PerMinute};
use crate::edge::remembered::Remembered;
use crate::edge::together::{Shared, Together};
use crate::ports::figures;

/// So many failures in a row cost no wait.
const FREE: u32 = 5;
/// The same for an email address, wherever they come from.
const FREE_ANYWHERE: u32 = 50;
/// The first wait.
const WAIT_FIRST: Span = Span::from_secs(1);
/// The longest wait.
const WAIT_MAX: Span = Span::from_secs(900);
/// So many tries in a row cost no wait over all nodes together: the free ones, and those whose growing waits together are no
/// longer than the longest one.
const AT_ONCE: u32 = FREE + 10;
/// The same for an email address, wherever they come from.
const AT_ONCE_ANYWHERE: u32 = FREE_ANYWHERE + 10;
/// Failures are forgotten when there was no other for so long.
const FORGOTTEN_AFTER: Span = Span::from_secs(24 * 3_600);
/// How much of each kind is remembered.
const KEYS_MAX: usize = 50_000;
/// The setting that bounds attempts for one email address.
const PER_EMAIL: &str = "login_attempts_per_email_per_minute";
/// Letters to one address in an hour, about a forgotten password, and of each account: nobody's mailbox is flooded.
pub const MAILS_PER_HOUR: u32 = 3;

/// In which their bucket fills.
const HOUR: Span = Span::from_secs(3_600);
/// How failures in a row are called among the figures, and what who fails is told.
const FAILURES: &str = "login_failures";
const TOO_MANY: &str = "too many wrong passwords: wait before the next try";
/// How the limit of letters is called among the figures.
const MAILS: &str = "mails_per_address_per_hour";

/// An email address as it is counted: a long one costs no more than a short one.
type Email = u64;

/// Failures in a row.
#[derive(Clone, Copy, Debug)]
struct Failures {
    count: u32,
    /// When the next try may come.
    until: Timestamp,
}

impl Failures {
    const NONE: Self = Self { count: 0, until: Timestamp(0) };

    fn add(&mut self, free: u32, now: Timestamp) {
        if now - self.until > FORGOTTEN_AFTER {
            self.count = 0;
        }
        self.count = self.count.saturating_add(1);
        let wait = match self.count.checked_sub(free) {
            None => Span(0),
            Some(doublings) => Span(WAIT_FIRST.0 << doublings.min(20)).min(WAIT_MAX),
        };
        self.until = now + wait;
    }
}

/// What is remembered of attempts.
struct Memory {
    here: Remembered<(Email, Household), Failures>,
    anywhere: Remembered<Email, Failures>,
    /// Households from which somebody has logged in with the address.
    homes: Remembered<(Email, Household), ()>,
    mails: Remembered<Email, Bucket>,
    mails_of: Remembered<(Email, AccountId), Bucket>,
}

/// See the module.
pub struct Attempts {
    by_household: PerMinute<Household>,
    by_email: PerMinute<Email>,
    at_home: PerMinute<(Email, Household)>,
    forgotten: PerMinute<Email>,
    hasher: RandomState,
    memory: Mutex<Memory>,
    together: Together,
}

impl Attempts {
    /// `per_minute` from one address, `per_email_per_minute` for one email address; counted here, and `together`.
    pub fn new(per_minute: u32, per_email_per_minute: u32, together: Together) -> Self {
        const WHAT: &str = "log-in attempts";
        Self {
            by_household: PerMinute::new(per_minute, "login_attempts_per_minute", WHAT),
            by_email: PerMinute::new(per_email_per_minute, PER_EMAIL, WHAT),
            at_home: PerMinute::new(per_email_per_minute, PER_EMAIL, WHAT),
            forgotten: PerMinute::new(per_email_per_minute, PER_EMAIL, "requests"),
            hasher: RandomState::new(),
            memory: Mutex::new(Memory {
                here: Remembered::new(KEYS_MAX),
                anywhere: Remembered::new(KEYS_MAX),
                homes: Remembered::new(KEYS_MAX),
                mails: Remembered::new(KEYS_MAX),
                mails_of: Remembered::new(KEYS_MAX),
            }),
            together,
        }
    }

    /// A panic of another thread leaves counts as good as they were.
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn email(&self, text: &str) -> Email {
        self.hasher.hash_one(folded(text))
    }

    /// Counts an attempt at the password of an email address.
    ///
    /// # Errors
    /// `rate_limited`, with the time until the next one may come.
    pub async fn begin(&self, from: Household, email: &str, now: Timestamp) -> Result<(), Refusal> {
        let is_home = self.begin_here(from, email, now)?;
        let limits = || {
            let mut limits = vec![self.by_household.shared(from.to_bytes()), tries_here(email, from)];
            if is_home {
                limits.push(self.at_home.shared(of_both(email, from)));
            } else {
                limits.extend([tries_anywhere(email), self.by_email.shared(folded(email))]);
            }
            limits
        };
        self.together.count(limits).await
    }

    /// The same, as this node counts by itself; whether the household is one that has logged in.
    fn begin_here(&self, from: Household, email: &str, now: Timestamp) -> Result<bool, Refusal> {
        self.by_household.count(from, now)?;
        let email = self.email(email);
        let (here, anywhere, is_home) = {
            let memory = self.memory();
            let here = memory.here.get(&(email, from)).copied().unwrap_or(Failures::NONE);
            let anywhere = memory.anywhere.get(&email).copied().unwrap_or(Failures::NONE);
            (here, anywhere, memory.homes.get(&(email, from)).is_some())
        };
        wait_until(here.until, now)?;
        if is_home {
            self.at_home.count((email, from), now)?;
            return Ok(true);
        }
        wait_until(anywhere.until, now)?;
        self.by_email.count(email, now)?;
        Ok(false)
    }

    /// The password was wrong.
    pub fn failed(&self, from: Household, email: &str, now: Timestamp) {
        let email = self.email(email);
        let mut memory = self.memory();
        memory.here.entry((email, from), || Failures::NONE).add(FREE, now);
        memory.anywhere.entry(email, || Failures::NONE).add(FREE_ANYWHERE, now);
    }

    /// It was right.
    pub async fn succeeded(&self, from: Household, email: &str) {
        self.succeeded_here(from, email);
        self.together.forget(|| vec![tries_here(email, from), tries_anywhere(email)]).await;
    }

    fn succeeded_here(&self, from: Household, email: &str) {
        let email = self.email(email);
        let mut memory = self.memory();
        memory.here.forget(&(email, from));
        memory.anywhere.forget(&email);
        memory.homes.entry((email, from), || ());
    }

    /// Counts a use of a token by the address that it comes from.
    ///
    /// # Errors
    /// `rate_limited`.
    pub async fn count_from(&self, from: Household, now: Timestamp) -> Result<(), Refusal> {
        self.by_household.count(from, now)?;
        self.together.count(|| vec![self.by_household.shared(from.to_bytes())]).await
    }

    /// Counts somebody who forgot the password of an email address. Whether anybody has it does not matter.
    ///
    /// # Errors
    /// `rate_limited`.
    pub async fn forgot(&self, from: Household, email: &str, now: Timestamp) -> Result<(), Refusal> {
        self.by_household.count(from, now)?;
        self.forgotten.count(self.email(email), now)?;
        let limits = || vec![self.by_household.shared(from.to_bytes()), self.forgotten.shared(folded(email))];
        self.together.count(limits).await
    }

    /// Counts a letter to an email address whose password somebody forgot.
    ///
    /// # Errors
    /// `rate_limited`: it got [`MAILS_PER_HOUR`] lately.
    pub async fn mail(&self, email: &str, now: Timestamp) -> Result<(), Refusal> {
        let key = self.email(email);
        take_mail(self.memory().mails.entry(key, || Bucket::full(MAILS_PER_HOUR, now)), now)?;
        self.together.count(|| vec![mails("forgotten", folded(email).into_bytes())]).await
    }

    /// Counts a letter that an account's admin or operator causes: an invitation, or that the address is nobody's any more (rule
    /// D3). Each account has its own count: no stranger, and no other company, keeps anybody from a way in or at an old address.
    ///
    /// # Errors
    /// As [`Attempts::mail`].
    pub async fn mail_of(&self, account: AccountId, email: &str, now: Timestamp) -> Result<(), Refusal> {
        let key = (self.email(email), account);
        take_mail(self.memory().mails_of.entry(key, || Bucket::full(MAILS_PER_HOUR, now)), now)?;
        let of_both = || [account.0.as_bytes(), folded(email).as_bytes()].concat();
        self.together.count(|| vec![mails("caused", of_both())]).await
    }
}

/// The address as it is counted, however it is written.
fn folded(email: &str) -> String {
    email.trim().to_lowercase()
}

/// An address and a household, as all nodes name the two.
fn of_both(email: &str, from: Household) -> Vec<u8> {
    [&from.to_bytes()[..], folded(email).as_bytes()].concat()
}

/// Tries in a row without a success, as all nodes count them.
fn tries(what: &'static str, at_once: u32, whose: Vec<u8>) -> Shared {
    let per = Span(WAIT_MAX.0 * i64::from(at_once));
    Shared { setting: FAILURES, what, capacity: at_once, per, message: TOO_MANY.to_owned(), whose }
}

fn tries_here(email: &str, from: Household) -> Shared {
    tries("here", AT_ONCE, of_both(email, from))
}

fn tries_anywhere(email: &str) -> Shared {
    tries("anywhere", AT_ONCE_ANYWHERE, folded(email).into_bytes())
}

fn mails(what: &'static str, whose: Vec<u8>) -> Shared {
    Shared { setting: MAILS, what, capacity: MAILS_PER_HOUR, per: HOUR, message: too_many_mails(), whose }
}

fn too_many_mails() -> String {
    format!("an address gets {MAILS_PER_HOUR} such mails an hour")
}

fn take_mail(bucket: &mut Bucket, now: Timestamp) -> Result<(), Refusal> {
    bucket.take(1, MAILS_PER_HOUR, MAILS_PER_HOUR, HOUR, now).map_err(|wait| {
        figures::limited(MAILS);
        Refusal { retry_after: Some(wait), ..Refusal::new(RefusalCode::RateLimited, too_many_mails()) }
    })
}

fn wait_until(until: Timestamp, now: Timestamp) -> Result<(), Refusal> {
    if now >= until {
        return Ok(());
    }
    figures::limited(FAILURES);
    let slower = Refusal::new(RefusalCode::RateLimited, TOO_MANY);
    Err(Refusal { retry_after: Some(until - now), ..slower })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::IpAddr;

    const MINUTE: i64 = 60_000;

    fn from(last: u8) -> Household {
        IpAddr::from([10, 0, 0, last]).into()
    }

    /// Fails until there is a wait: how long it is, in milliseconds.
    fn fail(attempts: &Attempts, home: Household, now: &mut Timestamp) -> i64 {
        attempts.begin_here(home, "a@b.test", *now).unwrap();
        attempts.failed(home, "a@b.test", *now);
        let wait = attempts.begin_here(home, "a@b.test", *now).err().and_then(|refusal| refusal.retry_after);
        let wait = wait.unwrap_or_default();
        *now = *now + wait;
        wait.0
    }

    #[test]
    fn failures_in_a_row_make_the_next_try_wait_longer_and_longer() {
        let attempts = Attempts::new(10_000, 10_000, Together::alone());
        let mut now = Timestamp(1_000_000_000);
        let waits: Vec<i64> = (0..20).map(|_| fail(&attempts, from(1), &mut now)).collect();
        assert_eq!(waits[..8], [0, 0, 0, 0, 1_000, 2_000, 4_000, 8_000]);
        assert_eq!(waits[19], 15 * MINUTE);
        attempts.begin_here(from(1), "A@B.test ", now).unwrap();
        attempts.succeeded_here(from(1), "a@b.test");
        assert_eq!(fail(&attempts, from(1), &mut now), 0, "a success ends it");
    }

    #[test]
    fn failures_are_forgotten_after_a_day() {
        let attempts = Attempts::new(10_000, 10_000, Together::alone());
        let mut now = Timestamp(1_000_000_000);
        let waits: Vec<i64> = (0..8).map(|_| fail(&attempts, from(1), &mut now)).collect();
        assert!(waits.ends_with(&[8_000]), "{waits:?}");
        now = now + FORGOTTEN_AFTER + Span(1);
        assert_eq!(fail(&attempts, from(1), &mut now), 0);
    }

    #[test]
    fn a_stranger_locks_out_nobody_who_has_logged_in_before() {
        let attempts = Attempts::new(1_000_000, 60, Together::alone());
        let now = Timestamp(1_000_000_000);
        attempts.begin_here(from(1), "a@b.test", now).unwrap();
        attempts.succeeded_here(from(1), "a@b.test");
        let mut refused = None;
        for stranger in 2..=200 {
            match attempts.begin_here(from(stranger), "a@b.test", now) {
                Ok(_) => attempts.failed(from(stranger), "a@b.test", now),
                Err(refusal) => refused = refused.or(Some((stranger, refusal))),
            }
        }
        let (stranger, refusal) = refused.expect("strangers are slowed down together");
        assert_eq!((u32::from(stranger), refusal.code), (2 + FREE_ANYWHERE, RefusalCode::RateLimited));
        assert!(attempts.begin_here(from(1), "a@b.test", now).is_ok(), "the owner is at home");
        assert!(attempts.begin_here(from(250), "c@b.test", now).is_ok(), "other addresses are others");
    }

    #[tokio::test]
    async fn a_mailbox_is_not_flooded() {
        let attempts = Attempts::new(10, 10, Together::alone());
        let now = Timestamp(1_000_000_000);
        let mail = async |at| attempts.mail("a@b.test", at).await.is_ok();
        for wanted in [true, true, true, false] {
            assert_eq!(mail(now).await, wanted);
        }
        assert!(!mail(now + Span(10 * MINUTE)).await && mail(now + Span(20 * MINUTE)).await);
        assert!(attempts.mail("c@b.test", now).await.is_ok());
    }

    #[test]
    fn strangers_do_not_fill_the_memory() {
        let attempts = Attempts::new(u32::MAX, u32::MAX, Together::alone());
        for n in 0..3 * KEYS_MAX {
            attempts.failed(from(1), &n.to_string(), Timestamp(1));
        }
        assert!(attempts.memory().here.len() <= 2 * KEYS_MAX);
    }
}
