//! Visitors who write, each in a conversation of their own, and what becomes of their messages.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::task::spawn_local;

use crate::Outcome;
use crate::socket::{Mouth, Socket, Then};
use crate::target::Target;

/// When what was said, by the text, and who waits for what becomes of it.
#[derive(Default)]
pub(crate) struct Ledger {
    said: RefCell<HashMap<u64, Instant>>,
    next: Cell<u64>,
    pub(crate) acknowledged: RefCell<Vec<Duration>>,
    pub(crate) refused: Cell<usize>,
    pub(crate) read: RefCell<Vec<Duration>>,
    pub(crate) answered: RefCell<Vec<Duration>>,
}

impl Ledger {
    /// A number for a text that is said now.
    fn begin(&self) -> u64 {
        let number = self.next.get() + 1;
        self.next.set(number);
        self.said.borrow_mut().insert(number, Instant::now());
        number
    }

    /// How many were said.
    pub(crate) fn said(&self) -> usize {
        self.next.get() as usize
    }

    fn since(&self, number: &str) -> Option<Duration> {
        Some(self.said.borrow().get(&number.parse().ok()?)?.elapsed())
    }

    /// What was found out so far does not count: it was the warming up.
    pub(crate) fn clear(&self) {
        self.acknowledged.borrow_mut().clear();
        self.refused.set(0);
        self.read.borrow_mut().clear();
        self.answered.borrow_mut().clear();
    }
}

/// A visitor who can be told to write.
pub(crate) struct Writer {
    mouth: Mouth,
    /// Told when the last thing that was said has been acknowledged, or refused.
    pub(crate) settled: Rc<Notify>,
    pub(crate) ledger: Rc<Ledger>,
}

impl Writer {
    /// Comes, and stays.
    pub(crate) async fn come(target: &Target, place: usize, ledger: &Rc<Ledger>) -> Outcome<Self> {
        let mut socket = Socket::open(target.address, "/ws/visitor").await?;
        socket.say(&json!({ "type": "hello", "key": target.key(place).widget }).to_string()).await?;
        socket.wait_for("welcome").await?;
        let writer = Self { mouth: socket.mouth(), settled: Rc::default(), ledger: Rc::clone(ledger) };
        let (settled, ledger) = (Rc::clone(&writer.settled), Rc::clone(ledger));
        spawn_local(async move { socket.listen(|text| heard(text, &ledger, &settled)).await.map_err(drop) });
        Ok(writer)
    }

    /// Writes something.
    pub(crate) async fn write(&self) -> Outcome<()> {
        let number = self.ledger.begin().to_string();
        // As long as what people write.
        let text = format!("{number} Is anybody there? I should like to know whether you have this in green.");
        let frame = json!({ "type": "message", "id": number, "client_id": number, "text": text });
        Ok(self.mouth.say(&frame.to_string()).await?)
    }
}

fn heard(text: &str, ledger: &Ledger, settled: &Notify) -> Then {
    let now = |of: &RefCell<Vec<Duration>>, number: Option<&str>| {
        if let Some(time) = number.and_then(|number| ledger.since(number)) {
            of.borrow_mut().push(time);
        }
    };
    if text.starts_with(r#"{"type":"ack""#) {
        now(&ledger.acknowledged, word_after(text, r#""id":""#));
        settled.notify_one();
    } else if text.starts_with(r#"{"type":"error""#) {
        if ledger.refused.get() == 0 {
            eprintln!("a message was refused: {text}");
        }
        ledger.refused.set(ledger.refused.get() + 1);
        settled.notify_one();
    } else if text.starts_with(r#"{"type":"message""#) && text.contains(r#""kind":"operator""#) {
        now(&ledger.answered, word_after(text, r#""text":""#));
    }
    Then::Listen
}

/// The digits behind `before`.
fn word_after<'a>(text: &'a str, before: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    rest.split(|c: char| !c.is_ascii_digit()).next()
}

/// Whether the operator says something to what they read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// They read.
    Silent,
    /// They answer each message by its number.
    Answers,
}

/// The operator of every account reads.
pub(crate) async fn read_all(target: &Target, number: usize, ledger: &Rc<Ledger>, manner: Manner) -> Outcome<()> {
    for key in target.keys.iter().take(number) {
        let mut operator = target.operator(key, "online").await?;
        let (ledger, mouth) = (Rc::clone(ledger), operator.mouth());
        let (answers, mut to_say) = tokio::sync::mpsc::unbounded_channel::<String>();
        spawn_local(async move {
            while let Some(answer) = to_say.recv().await {
                if mouth.say(&answer).await.is_err() {
                    return;
                }
            }
        });
        spawn_local(async move {
            let listened = operator.listen(|text| {
                if let Some(number) = read(text, &ledger)
                    && manner == Manner::Answers
                {
                    let _ = answers.send(answer(text, number));
                }
                Then::Listen
            });
            if let Err(why) = listened.await {
                eprintln!("an operator was cut off: {why}");
            }
        });
    }
    Ok(())
}

/// The number of the visitor's message that this is.
fn read<'a>(text: &'a str, ledger: &Ledger) -> Option<&'a str> {
    if !text.starts_with(r#"{"type":"message""#) || !text.contains(r#""kind":"visitor""#) {
        return None;
    }
    let number = word_after(text, r#""text":""#)?;
    ledger.read.borrow_mut().push(ledger.since(number)?);
    Some(number)
}

fn answer(text: &str, number: &str) -> String {
    let frame: Value = serde_json::from_str(text).unwrap_or_default();
    json!({
        "type": "message",
        "id": number,
        "client_id": number,
        "conversation": frame["conversation"],
        "text": format!("{number} Yes, we have. Which size do you need?"),
    })
    .to_string()
}
