//! What a node answers about everything, read over HTTP.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::cluster::{Company, ask, text};
use crate::http::Api;
use crate::node::Node;

/// See above.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Truth {
    pub(crate) conversations: BTreeMap<String, Value>,
    /// By conversation and number: the kind of its author, and the text.
    pub(crate) messages: BTreeMap<String, BTreeMap<u64, (String, String)>>,
    pub(crate) explanations: BTreeMap<String, Value>,
    pub(crate) emails: Vec<Value>,
    /// `online` or `offline`.
    pub(crate) chat: String,
    /// Operators: status, since when.
    pub(crate) people: BTreeMap<String, (String, String)>,
    /// Devices by operator: their states.
    pub(crate) devices: BTreeMap<String, BTreeMap<String, String>>,
    /// By operator.
    pub(crate) counts: BTreeMap<String, Value>,
}

impl Truth {
    /// What this node says to a company's admin.
    pub(crate) async fn of(node: &Node, company: &Company) -> Result<Self, String> {
        let api = node.api(Some(&company.operators[0].token));
        let mut truth = Self::default();
        for item in list(&api, "/api/v1/conversations?view=all&limit=50").await? {
            let id = text(&item["id"]);
            truth.messages.insert(id.clone(), messages(&api, &id).await?);
            let explanation = ask(&api, "GET", &format!("/api/v1/conversations/{id}/notifications"), None).await?;
            truth.explanations.insert(id.clone(), explanation);
            truth.conversations.insert(id, item);
        }
        truth.emails = list(&api, "/api/v1/emails?limit=100").await?;
        truth.emails.sort_by_key(|email| text(&email["id"]));
        truth.read_presence(&ask(&api, "GET", "/api/v1/presence", None).await?);
        for operator in &company.operators {
            let counts = ask(&node.api(Some(&operator.token)), "GET", "/api/v1/counts", None).await?;
            truth.counts.insert(operator.id.clone(), counts);
        }
        Ok(truth)
    }

    fn read_presence(&mut self, presence: &Value) {
        let boxes = presence["chat"].as_array().into_iter().flatten();
        self.chat = boxes.filter(|chat| chat["group"].is_null()).map(|chat| text(&chat["status"])).collect();
        for operator in presence["operators"].as_array().into_iter().flatten() {
            let id = text(&operator["id"]);
            self.people.insert(id.clone(), (text(&operator["status"]), text(&operator["since"])));
            // One that is offline may be forgotten sooner or later.
            let devices = operator["devices"].as_array().into_iter().flatten();
            let there = devices.filter(|device| device["state"] != "offline");
            self.devices.insert(id, there.map(|device| (text(&device["id"]), text(&device["state"]))).collect());
        }
    }

    /// Where another node's answers differ.
    pub(crate) fn differences(&self, other: &Self) -> Vec<String> {
        let mut found = Vec::new();
        let mut compare = |what: &str, one: Value, two: Value| {
            if one != two {
                found.push(format!("{what}: {one} / {two}"));
            }
        };
        for (id, one) in &self.conversations {
            compare("a conversation", one.clone(), other.conversations.get(id).cloned().unwrap_or_default());
            let of = |truth: &Self| json!(truth.messages.get(id));
            compare("its messages", of(self), of(other));
            let of = |truth: &Self| truth.explanations.get(id).cloned().unwrap_or_default();
            compare("its explanation", of(self), of(other));
        }
        compare("how many conversations", json!(self.conversations.len()), json!(other.conversations.len()));
        compare("emails", json!(self.emails), json!(other.emails));
        compare("the box", json!(self.chat), json!(other.chat));
        compare("operators", json!(self.people), json!(other.people));
        compare("devices", json!(self.devices), json!(other.devices));
        compare("counts", json!(self.counts), json!(other.counts));
        found
    }

    /// What is still to come: timers that run, letters on their way.
    pub(crate) fn pending(&self) -> Option<String> {
        for (id, explanation) in &self.explanations {
            let timers = explanation["timers"].as_array().into_iter().flatten();
            if let Some(timer) = timers.into_iter().find(|timer| timer["state"] == "running") {
                return Some(format!("a timer runs in {id}: {timer}"));
            }
        }
        let is_over = |email: &&Value| match email["state"].as_str().unwrap_or_default() {
            "sent" | "failed" | "no_longer_needed" | "expired" => true,
            // Lost from sight twice, a letter is not sent a third time (rule E4).
            "uncertain" => email["next_attempt_at"].is_null(),
            _ => false,
        };
        self.emails.iter().find(|email| !is_over(email)).map(|email| format!("a letter is on its way: {email}"))
    }
}

async fn list(api: &Api, path: &str) -> Result<Vec<Value>, String> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = ask(api, "GET", &format!("{path}{cursor}"), None).await?;
        all.extend(page["items"].as_array().cloned().unwrap_or_default());
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok(all),
        }
    }
}

async fn messages(api: &Api, conversation: &str) -> Result<BTreeMap<u64, (String, String)>, String> {
    let mut all = BTreeMap::new();
    loop {
        let after = all.keys().next_back().copied().unwrap_or(0);
        let path = format!("/api/v1/conversations/{conversation}/messages?after={after}&limit=100");
        let page = ask(api, "GET", &path, None).await?;
        let items = page["items"].as_array().cloned().unwrap_or_default();
        if items.is_empty() {
            return Ok(all);
        }
        let seq = |item: &Value| item["seq"].as_u64().ok_or_else(|| format!("a message without a number: {item}"));
        for item in &items {
            all.insert(seq(item)?, (text(&item["author"]["kind"]), text(&item["text"])));
        }
    }
}
