//! Every figure that the server counts about itself, spelled once: its name, its labels, what it means. Rooms call these
//! functions; `GET /metrics` tells what came of it. No label is ever an account, an address, or anything a stranger chose.

use std::time::Duration;

use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

const CONNECTIONS: &str = "doorbell_connections";
const CLOSED: &str = "doorbell_connections_closed_total";
const HTTP: &str = "doorbell_http_requests_total";
const HTTP_SECONDS: &str = "doorbell_http_request_seconds";
const REFUSED: &str = "doorbell_refused_total";
const LIMITED: &str = "doorbell_limited_total";
const COMMITS: &str = "doorbell_commits_total";
const COMMIT_SECONDS: &str = "doorbell_commit_seconds";
const READS_FAILED: &str = "doorbell_store_reads_failed_total";
const STORE_UP: &str = "doorbell_store_up";
const NODES: &str = "doorbell_nodes_living";
const BUS_UP: &str = "doorbell_bus_up";
const LINGERING: &str = "doorbell_devices_lingering";
const BOXES: &str = "doorbell_chat_boxes";
const TIMERS: &str = "doorbell_timers_running";
const TIMERS_OVERDUE: &str = "doorbell_timers_overdue";
const LATENESS: &str = "doorbell_timer_lateness_seconds";
const DECISIONS: &str = "doorbell_timers_ended_total";
const LETTERS_OPEN: &str = "doorbell_letters_open";
const LETTERS: &str = "doorbell_letters_total";
const NOTES: &str = "doorbell_notes_total";
const REPORTS: &str = "doorbell_delivery_reports_total";
const SMTP: &str = "doorbell_smtp_answers_total";

/// The histograms, and where their buckets end, in seconds.
pub const BUCKETS: [(&str, &[f64]); 3] = [
    (HTTP_SECONDS, &[0.001, 0.005, 0.02, 0.1, 0.5, 2.0, 10.0]),
    (COMMIT_SECONDS, &[0.000_5, 0.001, 0.002, 0.005, 0.01, 0.05, 0.25, 1.0, 10.0]),
    (LATENESS, &[0.01, 0.05, 0.25, 1.0, 3.0, 10.0, 60.0, 600.0]),
];

/// Says what each of them means.
pub fn describe() {
    describe_gauge!(CONNECTIONS, "Sockets that are open, by kind.");
    describe_counter!(
        CLOSED,
        "Sockets that ended: by the close code that the server chose, bye, peer, vanished or revoked."
    );
    describe_counter!(HTTP, "Requests answered, by route, method and status.");
    describe_histogram!(HTTP_SECONDS, Unit::Seconds, "From a request's head to its answer, by route.");
    describe_counter!(REFUSED, "Inputs refused, by door and code.");
    describe_counter!(LIMITED, "Times that a limit was met, by the setting that sets it.");
    describe_counter!(COMMITS, "Atomic steps, by outcome: committed, conflict (decided again), unknown (asked again).");
    describe_histogram!(COMMIT_SECONDS, Unit::Seconds, "From asking for an atomic step to its answer.");
    describe_counter!(READS_FAILED, "Reads that the store did not answer.");
    describe_gauge!(STORE_UP, "1: the store answered when it was last looked at, 0: it did not.");
    describe_gauge!(NODES, "Nodes on the store that live, as this one sees them, itself included.");
    describe_gauge!(BUS_UP, "1: what other nodes do is heard of, 0: it is looked up every few seconds instead.");
    describe_gauge!(LINGERING, "Devices whose last socket broke and that may yet return (rule P4).");
    describe_gauge!(BOXES, "Chat boxes of the accounts that are active here, by status.");
    describe_gauge!(TIMERS, "Conversations that want to be looked at at some time.");
    describe_gauge!(TIMERS_OVERDUE, "Those of them whose time has come.");
    describe_histogram!(LATENESS, Unit::Seconds, "How long after its deadline a timer's firing was durable.");
    describe_counter!(DECISIONS, "Timers that ended, by kind and how (fired, cancelled).");
    describe_gauge!(LETTERS_OPEN, "Letters that are not finished, by state.");
    describe_counter!(LETTERS, "Letters that came into a state, by state.");
    describe_counter!(REPORTS, "Reports about letters that came back, by what was made of them.");
    describe_counter!(NOTES, "Letters about accounts (invitations, passwords) that came into a state, by state.");
    describe_counter!(SMTP, "Answers of the relay, by what they mean.");
}

/// Who sits at a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seated {
    /// An operator.
    Operator,
    /// A visitor.
    Visitor,
}

impl Seated {
    fn as_str(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Visitor => "visitor",
        }
    }
}

/// A connection, counted while it lives.
#[derive(Debug)]
pub struct Connection(Seated);

impl Connection {
    /// One more.
    pub fn opened(by: Seated) -> Self {
        gauge!(CONNECTIONS, "kind" => by.as_str()).increment(1.0);
        Self(by)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        gauge!(CONNECTIONS, "kind" => self.0.as_str()).decrement(1.0);
    }
}

/// A socket ended: with the close code that the server chose, or how it ended otherwise.
pub fn closed(how: String) {
    counter!(CLOSED, "how" => how).increment(1);
}

/// A request was answered. `route` is a pattern of the URL table, never a path.
pub fn answered(route: String, method: &'static str, status: u16, took: Duration) {
    counter!(HTTP, "route" => route.clone(), "method" => method, "status" => status.to_string()).increment(1);
    histogram!(HTTP_SECONDS, "route" => route).record(took);
}

/// Where an input was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// Over HTTP.
    Http,
    /// At the upgrade to a socket.
    Upgrade,
    /// By an operator's socket.
    Operator,
    /// By a visitor's socket.
    Visitor,
}

impl Door {
    fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Upgrade => "upgrade",
            Self::Operator => "operator",
            Self::Visitor => "visitor",
        }
    }
}

/// An input was refused with this code of the protocol.
pub fn refused(door: Door, code: &'static str) {
    counter!(REFUSED, "door" => door.as_str(), "code" => code).increment(1);
}

/// A limit was met; `setting` is the key under `[limits]` that sets it.
pub fn limited(setting: &'static str) {
    counter!(LIMITED, "limit" => setting).increment(1);
}

/// An atomic step was answered.
pub fn committed(outcome: &'static str, took: Duration) {
    counter!(COMMITS, "outcome" => outcome).increment(1);
    histogram!(COMMIT_SECONDS).record(took);
}

/// The store did not answer a read.
pub fn read_failed() {
    counter!(READS_FAILED).increment(1);
}

/// Whether the store answered when it was looked at.
pub fn store_is_up(up: bool) {
    gauge!(STORE_UP).set(if up { 1.0 } else { 0.0 });
}

/// How many nodes live, and whether they are heard.
pub fn neighbours(living: usize, are_heard: bool) {
    gauge!(NODES).set(living as f64);
    gauge!(BUS_UP).set(if are_heard { 1.0 } else { 0.0 });
}

/// What an account that is active adds to the figures of presence; it is taken back when this is dropped.
#[derive(Debug, Default)]
pub struct AccountShare(Presence);

/// How much of presence there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Presence {
    /// Devices that linger.
    pub lingering: usize,
    /// Boxes that are online.
    pub online: usize,
    /// Boxes that are offline.
    pub offline: usize,
}

impl AccountShare {
    /// It adds this much now.
    pub fn set(&mut self, now: Presence) {
        let was = std::mem::replace(&mut self.0, now);
        let moved = |is: usize, was: usize| is as f64 - was as f64;
        gauge!(LINGERING).increment(moved(now.lingering, was.lingering));
        gauge!(BOXES, "status" => "online").increment(moved(now.online, was.online));
        gauge!(BOXES, "status" => "offline").increment(moved(now.offline, was.offline));
    }
}

impl Drop for AccountShare {
    fn drop(&mut self) {
        self.set(Presence::default());
    }
}

/// How many timers run, and how many of them are overdue.
pub fn timers(running: u64, overdue: u64) {
    gauge!(TIMERS).set(running as f64);
    gauge!(TIMERS_OVERDUE).set(overdue as f64);
}

/// A timer of `kind` (`offline`, `missed`) fired or was cancelled.
pub fn timer_ended(kind: &'static str, how: &'static str) {
    counter!(DECISIONS, "kind" => kind, "how" => how).increment(1);
}

/// A timer fired so long after its deadline.
pub fn fired_late(by: Duration) {
    histogram!(LATENESS).record(by);
}

/// How many letters stand in this state, which is not a final one.
pub fn letters_open(state: &'static str, count: u64) {
    gauge!(LETTERS_OPEN, "state" => state).set(count as f64);
}

/// A letter came into this state (rule W3).
pub fn letter_is(state: &'static str) {
    counter!(LETTERS, "state" => state).increment(1);
}

/// A report about a letter came, and this was made of it.
pub fn report_is(outcome: &'static str) {
    counter!(REPORTS, "outcome" => outcome).increment(1);
}

/// A letter about an account came into this state.
pub fn note_is(state: &'static str) {
    counter!(NOTES, "state" => state).increment(1);
}

/// The relay answered: `accepted`, `later`, `never`, or `unknown` where the answer was lost.
pub fn relay_answered(meaning: &'static str) {
    counter!(SMTP, "meaning" => meaning).increment(1);
}
