//! What one client knows, made of nothing but what it was told: the box, people, conversations, messages.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::cluster::text;

/// See above.
#[derive(Clone, Default)]
pub(crate) struct View {
    is_operator: bool,
    /// The chat box: `online` or `offline`; empty before the first welcome.
    pub(crate) chat: String,
    pub(crate) is_stale: bool,
    pub(crate) counts: Value,
    /// Operators and their status.
    pub(crate) people: BTreeMap<String, String>,
    /// An operator's conversations, as they were told last.
    pub(crate) conversations: BTreeMap<String, Value>,
    /// Messages by conversation and number.
    pub(crate) threads: BTreeMap<String, Thread>,
    /// A visitor's conversation.
    pub(crate) own: Option<String>,
    /// What is to be asked, since something is missing.
    questions: Vec<Value>,
    /// How often a message was told that had been told on the same connection. Clients take each number once.
    pub(crate) told_again: usize,
    /// What must not be: another text under the same number, a refusal to tell what was missed.
    pub(crate) findings: Vec<String>,
}

#[derive(Clone, Default)]
pub(crate) struct Thread {
    pub(crate) messages: BTreeMap<u64, String>,
    /// The last one that was told on this connection.
    told: u64,
    /// What is missing has been asked for.
    is_asked_for: bool,
}

impl Thread {
    /// Up to here nothing is missing. What was told behind a gap says nothing of what is in it.
    fn whole_until(&self) -> u64 {
        self.messages.keys().zip(1..).take_while(|(seq, wanted)| *seq == wanted).count() as u64
    }
}

impl View {
    pub(crate) fn new(is_operator: bool) -> Self {
        Self { is_operator, ..Self::default() }
    }

    /// As on the first day.
    pub(crate) fn forget(&mut self) {
        *self = Self::new(self.is_operator);
    }

    /// Up to where a visitor knows everything.
    pub(crate) fn last_seq(&self) -> u64 {
        self.own.as_ref().and_then(|own| self.threads.get(own)).map_or(0, Thread::whole_until)
    }

    pub(crate) fn on_welcome(&mut self, welcome: &Value) {
        self.questions.clear();
        self.threads.values_mut().for_each(|thread| (thread.told, thread.is_asked_for) = (0, false));
        if self.is_operator {
            let boxes = welcome["chat"].as_array().into_iter().flatten();
            boxes.filter(|chat| chat["group"].is_null()).for_each(|chat| self.on_chat(chat));
            self.counts = welcome["counts"].clone();
            let people = welcome["operators"].as_array().into_iter().flatten();
            self.people = people.map(|one| (text(&one["id"]), text(&one["status"]))).collect();
            let conversations = welcome["conversations"].as_array().into_iter().flatten();
            self.conversations = conversations.map(|one| (text(&one["id"]), one.clone())).collect();
            return;
        }
        self.on_chat(&welcome["chat"]);
        let Some(id) = welcome["conversation"]["id"].as_str() else { return };
        self.own = Some(id.to_owned());
        for message in welcome["conversation"]["messages"].as_array().into_iter().flatten() {
            self.on_message(id, message);
        }
    }

    /// What a client asks after a welcome: the messages that it may have missed.
    pub(crate) fn catch_up(&mut self) -> Vec<Value> {
        if !self.is_operator {
            return self.questions();
        }
        let known = self.conversations.keys().chain(self.threads.keys()).collect::<std::collections::BTreeSet<_>>();
        known.into_iter().map(|id| open(id, self.threads.get(id).map_or(0, Thread::whole_until))).collect()
    }

    /// What is to be asked now.
    pub(crate) fn questions(&mut self) -> Vec<Value> {
        std::mem::take(&mut self.questions)
    }

    /// The answer to one of those.
    pub(crate) fn on_caught_up(&mut self, asked: &Value, answer: &Value) {
        if answer["type"] != "ack" {
            self.findings.push(format!("{asked}: {answer}"));
            return;
        }
        let conversation = text(&asked["conversation"]);
        let thread = self.threads.entry(conversation.clone()).or_default();
        thread.is_asked_for = false;
        for message in answer["messages"].as_array().into_iter().flatten() {
            thread.messages.insert(message["seq"].as_u64().unwrap_or(0), text(&message["text"]));
        }
        if !self.is_operator {
            return;
        }
        // What came meanwhile is newer.
        self.conversations.entry(conversation).or_insert_with(|| answer["conversation"].clone());
    }

    pub(crate) fn on_frame(&mut self, frame: &Value) {
        match frame["type"].as_str().unwrap_or_default() {
            "chat" if frame["group"].is_null() => self.on_chat(frame),
            "counts" => {
                self.counts =
                    json!({ "unserved": frame["unserved"], "mine": frame["mine"], "served": frame["served"] });
            }
            "presence" => drop(self.people.insert(text(&frame["operator"]), text(&frame["status"]))),
            "conversation" => self.on_conversation(frame),
            "message" => {
                let conversation = text(&frame["conversation"]);
                if !self.is_operator {
                    self.own.get_or_insert_with(|| conversation.clone());
                }
                self.on_message(&conversation, frame);
            }
            _ => {}
        }
    }

    fn on_conversation(&mut self, conversation: &Value) {
        let id = text(&conversation["id"]);
        let is_new = self.conversations.insert(id.clone(), conversation.clone()).is_none();
        let thread = self.threads.entry(id.clone()).or_default();
        // One that was not on the desk, for it was closed: what was said in it before is looked at, as by who opens it.
        if is_new && thread.whole_until() < conversation["last_seq"].as_u64().unwrap_or(0) && !thread.is_asked_for {
            thread.is_asked_for = true;
            self.questions.push(open(&id, thread.whole_until()));
        }
    }

    fn on_chat(&mut self, chat: &Value) {
        self.chat = text(&chat["status"]);
        self.is_stale = chat["stale"] == true;
    }

    fn on_message(&mut self, conversation: &str, message: &Value) {
        let (seq, words) = (message["seq"].as_u64().unwrap_or(0), text(&message["text"]));
        let thread = self.threads.entry(conversation.to_owned()).or_default();
        self.told_again += usize::from(seq <= thread.told);
        thread.told = thread.told.max(seq);
        let before = thread.messages.insert(seq, words.clone());
        let whole_until = thread.whole_until();
        // As docs/protocol.md has it: who sees a gap in the numbers asks for what is in it.
        if whole_until < seq && !thread.is_asked_for {
            thread.is_asked_for = true;
            self.questions.push(if self.is_operator {
                open(conversation, whole_until)
            } else {
                json!({ "type": "history", "conversation": conversation, "before": seq, "limit": 100 })
            });
        }
        if let Some(other) = before.filter(|before| *before != words) {
            self.findings.push(format!("{conversation}: message {seq} was {other:?}, now {words:?}"));
        }
    }
}

/// The question for what was said behind a number.
fn open(conversation: &str, after: u64) -> Value {
    json!({ "type": "open", "conversation": conversation, "after": after, "peek": true })
}
