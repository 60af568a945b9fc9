//! Holds the frames of sockets against the published reference: a frame or a field that it does not tell of is a mistake.

use std::sync::LazyLock;

use doorbell::edge::http::reference;
use serde_json::Value;

use crate::strict::Document;

/// The frames of the sockets.
pub(crate) static ASYNCAPI: LazyLock<Document> =
    LazyLock::new(|| Document::new(&reference::asyncapi("https://chat.example")));

/// Which side says a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// Clients.
    Client,
    /// The server.
    Server,
}

/// What is wrong with a frame of the socket at `path`.
pub(crate) fn frame(path: &str, side: Side, frame: &Value) -> Result<(), String> {
    let messages = messages(path, side);
    let of_type: Vec<&Value> = messages.into_iter().filter(|message| message["name"] == frame["type"]).collect();
    if of_type.is_empty() {
        return Err(format!("{path}: {side:?} frame {} is not in the reference: {frame}", frame["type"]));
    }
    let wrongs: Vec<String> =
        of_type.iter().filter_map(|message| ASYNCAPI.valid(&message["payload"], frame).err()).collect();
    if wrongs.len() < of_type.len() {
        return Ok(());
    }
    Err(format!("{path}: {side:?} frame {frame}: {}", wrongs.join("; or ")))
}

/// What is wrong with the answer to a client's frame.
pub(crate) fn reply(path: &str, asked: &Value, answer: &Value) -> Result<(), String> {
    let operations = ASYNCAPI["operations"].as_object().expect("an object").values();
    let asks = |operation: &&'static Value| {
        let message = ASYNCAPI.resolved(&operation["messages"][0]);
        operation["action"] == "receive" && channel_of(operation) == path && message["name"] == asked["type"]
    };
    let Some(operation) = operations.into_iter().find(asks) else { return Ok(()) };
    let replies = operation["reply"]["messages"].as_array().expect("a list").iter().map(|m| ASYNCAPI.resolved(m));
    let mut same_type = replies.filter(|message| message["name"] == answer["type"]);
    if same_type.any(|message| ASYNCAPI.valid(&message["payload"], answer).is_ok()) {
        return Ok(());
    }
    Err(format!("{path}: {answer} is no documented answer to {asked}"))
}

/// The messages that one side says at a socket.
pub(crate) fn messages(path: &str, side: Side) -> Vec<&'static Value> {
    let mut all = Vec::new();
    for operation in ASYNCAPI["operations"].as_object().expect("an object").values() {
        if channel_of(operation) != path {
            continue;
        }
        let is_received = operation["action"] == "receive";
        let said = if is_received == (side == Side::Client) {
            &operation["messages"]
        } else {
            &operation["reply"]["messages"]
        };
        if side == Side::Client && !is_received {
            continue;
        }
        for message in said.as_array().into_iter().flatten() {
            let message = ASYNCAPI.resolved(message);
            if !all.iter().any(|known: &&Value| std::ptr::eq(*known, message)) {
                all.push(message);
            }
        }
    }
    all
}

fn channel_of(operation: &'static Value) -> &'static str {
    ASYNCAPI.resolved(&operation["channel"])["address"].as_str().expect("a channel has its address")
}
