//! How much is too much, and the counting of it.

use std::cell::Cell;
use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::address::TrustedProxies;
use super::remembered::Remembered;
use super::together::Shared;
use crate::domain::refusal::{Refusal, RefusalCode};
use crate::domain::time::{Span, Timestamp};
use crate::ports::figures;
use crate::ports::journal::Store;

/// What the doors for sockets keep to. From the configuration (`[limits]`, `[presence]`, `[server]`).
#[derive(Clone, Debug)]
pub struct DoorLimits {
    /// The most sockets in all; one more is answered 503.
    pub connections: usize,
    /// The most sockets from one address (IPv6: one /64); one more is answered 429.
    pub connections_per_ip: usize,
    /// The most sockets of one account's visitors, and of its operators; one more is closed with 1013.
    pub connections_per_account: usize,
    /// Connections per second that are taken in; more wait for their turn.
    pub connects_per_second: u32,
    /// A socket's frames per second; a burst may be twice as much, more is closed with 4029.
    pub frames_per_second: u32,
    /// A socket's bytes per second; of one that sends more, less is read.
    pub bytes_per_second: u32,
    /// The biggest message, its fragments together; a bigger one is closed with 1009.
    pub frame_bytes: usize,
    /// How long the body of a request may take to arrive; else 408. Its answer may take three times as long to be taken in,
    /// the next head included; then the connection is cut.
    pub request_deadline: Span,
    /// How long a connection over which nothing comes is kept for a further request.
    pub keep_alive: Span,
    /// A socket's malformed frames per minute; more are closed with 4029.
    pub malformed_frames_per_minute: u32,
    /// How long a connection may take to send the head of a request; then it is closed.
    pub handshake_deadline: Span,
    /// How long after the upgrade a hello may come; else 4001.
    pub hello_deadline: Span,
    /// How long a peer may leave what was sent to it unread; then the socket is broken.
    pub write_deadline: Span,
    /// How often operators are pinged; a silence of two is a break (rule P4).
    pub heartbeat: Span,
    /// How often visitors are pinged, likewise.
    pub visitor_heartbeat: Span,
    /// A visitor's messages per minute; more are `rate_limited`.
    pub visitor_messages_per_minute: u32,
    /// Visitors' messages per minute from one address, likewise.
    pub visitor_messages_per_minute_per_ip: u32,
    /// New conversations per minute from one address, likewise.
    pub new_conversations_per_minute_per_ip: u32,
    /// Who may say for whom they speak.
    pub trusted_proxies: TrustedProxies,
}

impl Default for DoorLimits {
    fn default() -> Self {
        Self {
            connections: 100_000,
            connections_per_ip: 500,
            connections_per_account: 50_000,
            connects_per_second: 20_000,
            frames_per_second: 50,
            bytes_per_second: 1 << 20,
            frame_bytes: 32_768,
            request_deadline: Span::from_secs(10),
            keep_alive: Span::from_secs(75),
            malformed_frames_per_minute: 10,
            handshake_deadline: Span::from_secs(10),
            hello_deadline: Span::from_secs(10),
            write_deadline: Span::from_secs(10),
            heartbeat: Span::from_secs(25),
            visitor_heartbeat: Span::from_secs(45),
            visitor_messages_per_minute: 60,
            visitor_messages_per_minute_per_ip: 300,
            new_conversations_per_minute_per_ip: 60,
            trusted_proxies: TrustedProxies::default(),
        }
    }
}

/// A bucket that fills with time and is emptied by what happens. It starts full.
#[derive(Clone, Copy, Debug)]
pub struct Bucket {
    level: f32,
    filled_at: Timestamp,
}

impl Bucket {
    /// A full one.
    pub fn full(capacity: u32, now: Timestamp) -> Self {
        Self { level: capacity as f32, filled_at: now }
    }

    /// Takes `amount` out of it; it holds at most `capacity` and gains `gain` in every `span`.
    ///
    /// # Errors
    /// How long until there is enough, when there is not; then nothing was taken.
    pub fn take(&mut self, amount: u32, capacity: u32, gain: u32, span: Span, now: Timestamp) -> Result<(), Span> {
        let per_ms = gain as f32 / span.0.max(1) as f32;
        let elapsed_ms = (now - self.filled_at).0.max(0) as f32;
        self.level = (self.level + elapsed_ms * per_ms).min(capacity as f32);
        self.filled_at = now;
        let missing = amount as f32 - self.level;
        if missing > 0.0 {
            return Err(Span(if per_ms > 0.0 { (missing / per_ms).ceil() as i64 } else { 60_000 }));
        }
        self.level -= amount as f32;
        Ok(())
    }
}

impl Bucket {
    /// Takes `amount` even where there is not so much, and says how long the bucket is in debt for it.
    pub fn spend(&mut self, amount: u32, capacity: u32, gain: u32, now: Timestamp) -> Span {
        let second = Span::from_secs(1);
        let _ = self.take(0, capacity, gain, second, now);
        self.level -= amount as f32;
        Span((-self.level / gain.max(1) as f32 * second.0 as f32).max(0.0).ceil() as i64)
    }
}

/// So many per minute for each key; good on every thread.
pub struct PerMinute<K> {
    limit: u32,
    setting: &'static str,
    what: &'static str,
    buckets: Mutex<Remembered<K, Bucket>>,
}

const MINUTE: Span = Span::from_secs(60);

impl<K: Eq + Hash> PerMinute<K> {
    /// How many keys are remembered: whoever has more addresses than this can be counted too low, but not fill the memory.
    const KEYS_MAX: usize = 50_000;

    /// `limit` per minute, as `setting` sets it; `what` there are too many of, in the refusal's sentence.
    pub fn new(limit: u32, setting: &'static str, what: &'static str) -> Self {
        Self { limit, setting, what, buckets: Mutex::new(Remembered::new(Self::KEYS_MAX)) }
    }

    /// Counts one.
    ///
    /// # Errors
    /// `rate_limited`, with the time until the next one may come.
    pub fn count(&self, key: K, now: Timestamp) -> Result<(), Refusal> {
        let mut buckets = lock(&self.buckets);
        let bucket = buckets.entry(key, || Bucket::full(self.limit, now));
        bucket.take(1, self.limit, self.limit, MINUTE, now).map_err(|wait| {
            figures::limited(self.setting);
            Refusal { retry_after: Some(wait), ..Refusal::new(RefusalCode::RateLimited, self.message()) }
        })
    }

    /// The same limit as it is counted over all nodes, for whoever `whose` names everywhere.
    pub fn shared(&self, whose: impl Into<Vec<u8>>) -> Shared {
        let (setting, what, capacity) = (self.setting, self.what, self.limit);
        Shared { setting, what, capacity, per: MINUTE, message: self.message(), whose: whose.into() }
    }

    fn message(&self) -> String {
        format!("too many {}: {} a minute", self.what, self.limit)
    }
}

/// How many there are of each key right now; good on every thread, cheap to clone.
pub struct Tally<K: Eq + Hash + Clone> {
    counts: Arc<Mutex<HashMap<K, usize>>>,
}

impl<K: Eq + Hash + Clone> Default for Tally<K> {
    fn default() -> Self {
        Self { counts: Arc::default() }
    }
}

impl<K: Eq + Hash + Clone> Clone for Tally<K> {
    fn clone(&self) -> Self {
        Self { counts: Arc::clone(&self.counts) }
    }
}

impl<K: Eq + Hash + Clone> Tally<K> {
    /// Counts one more until the mark is dropped; `None`: there are `max` already.
    pub fn enter(&self, key: K, max: usize) -> Option<Mark<K>> {
        let mut counts = lock(&self.counts);
        let count = counts.entry(key.clone()).or_insert(0);
        if *count >= max {
            return None;
        }
        *count += 1;
        Some(Mark { tally: self.clone(), key })
    }
}

/// One that is counted while it lives.
pub struct Mark<K: Eq + Hash + Clone> {
    tally: Tally<K>,
    key: K,
}

impl<K: Eq + Hash + Clone> Drop for Mark<K> {
    fn drop(&mut self) {
        let mut counts = lock(&self.tally.counts);
        if let Some(count) = counts.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.key);
            }
        }
    }
}

/// A panic of another thread leaves counts as good as they were.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An address as it is counted: a household of IPv6 has a whole /64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Household(u64);

impl Household {
    /// The same in every process.
    pub fn to_bytes(self) -> [u8; 8] {
        self.0.to_be_bytes()
    }
}

impl From<IpAddr> for Household {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            // No /64 of the internet starts like this.
            IpAddr::V4(v4) => Self(u64::from(u32::from(v4)) | 0xFFFF_FFFF_0000_0000),
            IpAddr::V6(v6) => Self((u128::from(v6) >> 64) as u64),
        }
    }
}

/// Who is seated: the sockets of the whole process, counted in all and by address.
#[derive(Clone, Default)]
pub struct Census {
    seated: Arc<AtomicUsize>,
    households: Tally<Household>,
}

/// Why nobody can be seated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// There are too many sockets (503).
    House,
    /// There are too many from this address (429).
    Address,
}

impl Census {
    /// A seat for a socket from `address`, until it is dropped.
    ///
    /// # Errors
    /// What is full.
    pub fn seat(&self, address: IpAddr, limits: &DoorLimits) -> Result<Seat, Full> {
        if self.seated.fetch_add(1, Ordering::Relaxed) >= limits.connections {
            self.seated.fetch_sub(1, Ordering::Relaxed);
            figures::limited("connections");
            return Err(Full::House);
        }
        let counted = Counted(Arc::clone(&self.seated));
        let mark = self.households.enter(address.into(), limits.connections_per_ip).ok_or_else(|| {
            figures::limited("connections_per_ip");
            Full::Address
        })?;
        Ok(Seat { _counted: counted, _mark: mark })
    }

    /// How many sockets there are.
    pub fn seated(&self) -> usize {
        self.seated.load(Ordering::Relaxed)
    }
}

/// A socket's place among those that are allowed.
pub struct Seat {
    _counted: Counted,
    _mark: Mark<Household>,
}

struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A connection whose first request is awaited. The server answers a head that comes too late by itself (408) and tells nobody;
/// so who ends without a request after the deadline is counted here.
pub struct Handshake {
    store: Arc<dyn Store>,
    deadline: Timestamp,
    came: Cell<bool>,
}

impl Handshake {
    /// The clock that ends it ticks twice a second, so it may come that much early.
    const TICK: Span = Span(600);

    /// Of a connection that has just been made.
    pub fn awaited(store: &Arc<dyn Store>, limits: &DoorLimits) -> Self {
        Self {
            store: Arc::clone(store),
            deadline: store.now() + limits.handshake_deadline - Self::TICK,
            came: Cell::new(false),
        }
    }

    /// A request came.
    pub fn came(&self) {
        self.came.set(true);
    }
}

impl Drop for Handshake {
    fn drop(&mut self) {
        if !self.came.get() && self.store.now() >= self.deadline {
            figures::limited("handshake_deadline");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_gives_what_it_holds_and_says_when_there_is_more() {
        let mut bucket = Bucket::full(2, Timestamp(0));
        let mut take = |at| bucket.take(1, 2, 1, Span(1_000), Timestamp(at));
        assert_eq!([take(0), take(0), take(0)], [Ok(()), Ok(()), Err(Span(1_000))]);
        assert_eq!([take(999), take(1_000)], [Err(Span(1)), Ok(())]);
        assert_eq!([take(60_000), take(60_000), take(60_000)], [Ok(()), Ok(()), Err(Span(1_000))]);
    }

    #[test]
    fn a_debt_is_paid_by_time() {
        let mut bucket = Bucket::full(100, Timestamp(0));
        assert_eq!(bucket.spend(100, 100, 50, Timestamp(0)), Span(0));
        assert_eq!(bucket.spend(100, 100, 50, Timestamp(0)), Span(2_000));
        assert_eq!(bucket.spend(25, 100, 50, Timestamp(2_000)), Span(500));
        assert_eq!(bucket.spend(100, 100, 50, Timestamp(60_000)), Span(0));
    }

    #[test]
    fn seats_are_given_back() {
        let limits = DoorLimits { connections: 3, connections_per_ip: 2, ..DoorLimits::default() };
        let census = Census::default();
        let seat = |last: u8| census.seat(IpAddr::from([10, 0, 0, last]), &limits);
        let first = seat(1).ok().unwrap();
        let _second = seat(1).ok().unwrap();
        assert_eq!(seat(1).err(), Some(Full::Address));
        assert_eq!(census.seated(), 2);
        let _third = seat(2).ok().unwrap();
        assert_eq!(seat(2).err(), Some(Full::House));
        drop(first);
        assert!(seat(1).is_ok());
    }

    #[test]
    fn a_household_is_a_64() {
        let household = |text: &str| Household::from(text.parse::<IpAddr>().unwrap());
        assert_eq!(household("2001:db8::1"), household("2001:db8::2:3"));
        assert_ne!(household("2001:db8::1"), household("2001:db8:0:1::1"));
        assert_eq!(household("::ffff:10.0.0.1"), household("10.0.0.1"));
        assert_ne!(household("10.0.0.2"), household("10.0.0.1"));
    }

    #[test]
    fn each_key_has_its_own_minute() {
        let per_minute = PerMinute::new(1, "things_per_minute", "things");
        assert!(per_minute.count("a", Timestamp(0)).is_ok());
        let refusal = per_minute.count("a", Timestamp(0)).unwrap_err();
        assert_eq!((refusal.code, refusal.retry_after), (RefusalCode::RateLimited, Some(Span(60_000))));
        assert!(per_minute.count("b", Timestamp(0)).is_ok());
        assert!(per_minute.count("a", Timestamp(60_000)).is_ok());
    }
}
