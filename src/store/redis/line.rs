//! A connection that makes itself anew, and what is asked over it.
//!
//! Every question has a deadline. One that waited for a while and is not answered by then ends the connection: what was asked behind it
//! waits for the same answer, and nothing that comes late is taken for the answer to something else.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{Cmd, Pipeline, Value};
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep, timeout, timeout_at};

use crate::ports::journal::StoreError;

use super::address::{Address, CONNECT_MAX, said};
use super::check::VERSION;
use super::keys;
use super::scripts::Scripts;

/// How long one waits for an answer, a connection included that has to be made first.
pub(super) const DEADLINE: Duration = Duration::from_secs(2);
/// A connection that was silent for less is not done with: what was asked over it may have come with its time nearly over.
const SILENCE_MIN: Duration = Duration::from_millis(500);
const NO_ANSWER: &str = "no answer in time";
/// How long one waits before a connection is tried again: at first, and at most.
const PAUSE_MIN: Duration = Duration::from_millis(50);
const PAUSE_MAX: Duration = Duration::from_secs(1);
/// How often one looks whether an idle connection is one still.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// What Redis, or one of our scripts, answers where another one ought to be asked, or later.
const ELSEWHERE: [&str; 5] = ["READONLY", "LOADING", "MASTERDOWN", "UNBLOCKED", "GONE"];

#[derive(Clone)]
enum State {
    Up { connection: MultiplexedConnection, number: u64 },
    Down { since: Instant, why: String },
}

/// See the module.
pub(super) struct Line {
    address: Arc<Address>,
    pub(super) scripts: Arc<Scripts>,
    state: watch::Sender<State>,
    cut: Notify,
    /// What was last said of replicas that lack what is written.
    lacking: Mutex<Option<String>>,
}

impl Line {
    /// One that is not there yet; [`Line::keep`] makes it.
    pub(super) fn new(address: Arc<Address>, scripts: Arc<Scripts>) -> Arc<Self> {
        let state = State::Down { since: Instant::now(), why: "it is not connected yet".to_owned() };
        let (state, cut, lacking) = (watch::Sender::new(state), Notify::new(), Mutex::default());
        Arc::new(Self { address, scripts, state, cut, lacking })
    }

    /// Makes it, and makes it anew whenever it is cut. Ends with the runtime.
    pub(super) async fn keep(self: Arc<Self>) {
        let mut pause = PAUSE_MIN;
        for number in 0.. {
            match self.connect().await {
                Ok(connection) => {
                    self.state.send_replace(State::Up { connection, number });
                    pause = PAUSE_MIN;
                    self.watch(number).await;
                }
                Err(why) => {
                    self.note_down(why);
                    sleep(pause).await;
                    pause = (pause * 2).min(PAUSE_MAX);
                }
            }
        }
    }

    /// A connection to a master that knows the scripts, and holds this store: one that was emptied, or is another one behind the
    /// same address, must not be taken for a store in which nothing has happened yet.
    async fn connect(&self) -> Result<MultiplexedConnection, String> {
        let mut connection = self.address.connect(CONNECT_MAX).await?;
        let mut greeting = self.scripts.load();
        ask_what_it_is(&mut greeting);
        let answers = match timeout(DEADLINE, connection.send_packed_commands(&greeting, 0, greeting.len())).await {
            Ok(answered) => answered.map_err(|e| said(&e))?,
            Err(_) => return Err(format!("no answer within {DEADLINE:?}")),
        };
        if let Some((code, detail)) = answers.iter().find_map(error_of) {
            return Err(format!("{code} {detail}"));
        }
        what_is_wrong(&answers, &self.scripts.store).map_or(Ok(connection), Err)
    }

    /// Until it is cut.
    async fn watch(&self, number: u64) {
        while timeout(LOOK_EVERY, self.cut.notified()).await.is_err() {
            let mut look = redis::pipe();
            ask_what_it_is(&mut look);
            // Who finds it broken cuts it.
            let answer = self.ask(&look, Instant::now() + DEADLINE).await;
            if let Some(why) = answer.ok().and_then(|answers| what_is_wrong(&answers, &self.scripts.store)) {
                self.cut(number, &why);
            }
        }
    }

    /// Ends the connection of this number.
    fn cut(&self, number: u64, why: &str) {
        let is_cut = self.state.send_if_modified(|state| {
            let is_it = matches!(state, State::Up { number: current, .. } if *current == number);
            if is_it {
                *state = State::Down { since: Instant::now(), why: why.to_owned() };
            }
            is_it
        });
        if is_cut {
            tracing::warn!(why, "a connection to Redis ended; it is made anew");
            self.cut.notify_one();
        }
    }

    fn note_down(&self, new_why: String) {
        self.state.send_modify(|state| match state {
            State::Down { why, .. } => *why = new_why,
            State::Up { .. } => *state = State::Down { since: Instant::now(), why: new_why },
        });
    }

    /// Why it is down, or what it carries is not taken as it should be; `None`: all is well.
    pub(super) fn why_down(&self) -> Option<String> {
        match &*self.state.borrow() {
            State::Up { .. } => self.lacking.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            State::Down { why, .. } => Some(why.clone()),
        }
    }

    /// What was last said of replicas that lack what is written; `None`: they have it.
    pub(super) fn on_replicas(&self, lacking: Option<String>) {
        *self.lacking.lock().unwrap_or_else(PoisonError::into_inner) = lacking;
    }

    /// The connection, once there is one. Not waited for where it has been away for a while.
    pub(super) async fn up(&self, until: Instant) -> Result<(MultiplexedConnection, u64), String> {
        let mut states = self.state.subscribe();
        loop {
            let state = states.borrow_and_update().clone();
            match state {
                State::Up { connection, number } => return Ok((connection, number)),
                State::Down { since, why } if since.elapsed() >= DEADLINE => return Err(why),
                State::Down { why, .. } => {
                    if timeout_at(until, states.changed()).await.is_err() {
                        return Err(why);
                    }
                }
            }
        }
    }

    /// Calls back whenever it was cut and is there again. Ends with the runtime.
    pub(super) async fn each_time_it_is_made_anew(&self, call: impl Fn()) {
        let mut states = self.state.subscribe();
        let mut last = None;
        loop {
            if let State::Up { number, .. } = &*states.borrow_and_update()
                && last.replace(*number).is_some_and(|last| last != *number)
            {
                call();
            }
            if states.changed().await.is_err() {
                return;
            }
        }
    }

    /// The answers to all commands, those among them that are errors included. Asked once.
    ///
    /// # Errors
    /// No answer: the question may have been taken or not.
    pub(super) async fn ask(&self, questions: &Pipeline, until: Instant) -> Result<Vec<Value>, String> {
        let (connection, number) = self.up(until).await?;
        self.ask_over(connection, number, questions, until).await
    }

    /// The same over this connection, which ends if there is no answer; not for a question that had hardly any time left.
    async fn ask_over(
        &self,
        mut connection: MultiplexedConnection,
        number: u64,
        questions: &Pipeline,
        until: Instant,
    ) -> Result<Vec<Value>, String> {
        let sent = Instant::now();
        let answered = timeout_at(until, connection.send_packed_commands(questions, 0, questions.len())).await;
        let why = match answered {
            Ok(Ok(values)) => {
                let mut errors = values.iter().filter_map(error_of);
                if let Some((code, detail)) = errors.find(|(code, _)| ELSEWHERE.contains(code)) {
                    self.cut(number, &format!("{code} {detail}"));
                }
                return Ok(values);
            }
            Ok(Err(error)) => said(&error),
            Err(_) if sent.elapsed() < SILENCE_MIN => return Err(NO_ANSWER.to_owned()),
            Err(_) => NO_ANSWER.to_owned(),
        };
        self.cut(number, &why);
        Err(why)
    }

    /// Makes Redis know the scripts again.
    pub(super) async fn load_scripts(&self, until: Instant) {
        // Whether it went well shows when they are called again.
        let _ = self.ask(&self.scripts.load(), until).await;
    }

    /// The answers to questions that change nothing: asked again until there are some, or until the deadline.
    pub(super) async fn read(&self, questions: &Pipeline) -> Result<Vec<Value>, StoreError> {
        let until = Instant::now() + DEADLINE;
        loop {
            // What fails over a connection ends that one, so each round waits for another.
            let (connection, number) = self.up(until).await.map_err(StoreError::Unavailable)?;
            let why = match self.ask_over(connection, number, questions, until).await {
                Ok(values) => match values.iter().find_map(error_of) {
                    None => return Ok(values),
                    Some((NO_SCRIPT, _)) => {
                        self.load_scripts(until).await;
                        NO_SCRIPT.to_owned()
                    }
                    Some((code, detail)) if ELSEWHERE.contains(&code) => format!("{code} {detail}"),
                    Some((code, detail)) => return Err(StoreError::Unavailable(format!("{code} {detail}"))),
                },
                Err(why) => why,
            };
            if Instant::now() >= until {
                return Err(StoreError::Unavailable(why));
            }
        }
    }

    /// The answer to one question.
    pub(super) async fn read_one(&self, question: Cmd) -> Result<Value, StoreError> {
        let mut questions = redis::pipe();
        questions.add_command(question);
        let mut values = self.read(&questions).await?;
        values.pop().ok_or_else(|| StoreError::Corrupt("no answer to a question".to_owned()))
    }
}

const START_AGAIN: &str = "start the servers again";
const REPLICA: &str = "it is a replica, and those take no writes";

/// Asks what [`what_is_wrong`] looks at.
fn ask_what_it_is(questions: &mut Pipeline) {
    questions.cmd("HMGET").arg(keys::META).arg(keys::META_VERSION).arg(keys::META_NAME).cmd("ROLE");
}

/// Why what answered so is not to be worked with: it takes no writes, or does not hold the store of this name, of this version, (any
/// more).
fn what_is_wrong(answers: &[Value], store: &str) -> Option<String> {
    let [.., meta, role] = answers else { return Some("no answer".to_owned()) };
    if !is_master(role) {
        return Some(REPLICA.to_owned());
    }
    let (version, name): (Option<u32>, Option<String>) = match redis::from_redis_value_ref(meta) {
        Ok(meta) => meta,
        Err(why) => return Some(why.to_string()),
    };
    match version {
        None => Some(format!("it holds no store of doorbell's any more; {START_AGAIN} if it is to be a new one")),
        Some(VERSION) if name.as_deref() == Some(store) => None,
        Some(VERSION) => Some(format!(
            "it holds another store by now than the one that was there; {START_AGAIN} if that is the right one"
        )),
        Some(other) => {
            Some(format!("it holds a store of version {other} by now, and this program works with {VERSION}"))
        }
    }
}

/// Whether this is the role of one that takes writes.
fn is_master(role: &Value) -> bool {
    matches!(role, Value::Array(parts) if matches!(parts.first(), Some(Value::BulkString(name)) if name == b"master"))
}

/// What Redis answers to a call of a script that it does not know: nothing was done.
pub(super) const NO_SCRIPT: &str = "NOSCRIPT";

/// The code and the text of an answer that is an error.
pub(super) fn error_of(value: &Value) -> Option<(&str, &str)> {
    match value {
        Value::ServerError(error) => Some((error.code(), error.details().unwrap_or_default())),
        _ => None,
    }
}
