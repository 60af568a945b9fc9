//! What one client has to say, taken down at one moment.

use serde_json::Value;

use crate::client::{Client, Event, Role};
use crate::cluster::text;
use crate::house::Moment;
use crate::view::View;

/// See above.
#[derive(Clone)]
pub(crate) struct Witness {
    pub(crate) name: String,
    pub(crate) role: Role,
    /// Whether it is at a node.
    pub(crate) is_there: bool,
    /// The state that an operator's device was given last.
    pub(crate) wish: String,
    pub(crate) view: View,
    pub(crate) journal: Vec<(Moment, Event)>,
}

/// A message that was acknowledged.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) at: Moment,
    pub(crate) conversation: String,
    pub(crate) seq: u64,
    pub(crate) text: String,
}

impl Witness {
    pub(crate) fn of(client: &Client) -> Self {
        let state = client.state();
        Self {
            name: client.shared.name.clone(),
            role: client.shared.role.clone(),
            is_there: state.at.is_some(),
            wish: state.wish.clone(),
            view: state.view.clone(),
            journal: state.journal.clone(),
        }
    }

    /// Whose device it is.
    pub(crate) fn operator(&self) -> Option<&str> {
        match &self.role {
            Role::Operator { id, .. } => Some(id),
            Role::Visitor { .. } => None,
        }
    }

    /// What it asked that was granted: when that was heard, the question, the answer.
    pub(crate) fn granted(&self) -> impl Iterator<Item = (Moment, &Value, &Value)> {
        self.journal.iter().filter_map(|(at, event)| match event {
            Event::Answered { asked, answer } if answer["type"] == "ack" => Some((*at, asked, answer)),
            _ => None,
        })
    }

    /// The messages that it wrote and that were acknowledged. A visitor's acknowledgement names the conversation, an
    /// operator's does not.
    pub(crate) fn said(&self) -> impl Iterator<Item = Said> {
        self.granted().filter(|(_, asked, _)| asked["type"] == "message").map(|(at, asked, answer)| Said {
            at,
            conversation: answer["conversation"].as_str().map_or_else(|| text(&asked["conversation"]), str::to_owned),
            seq: answer["seq"].as_u64().unwrap_or(0),
            text: text(&asked["text"]),
        })
    }

    /// From when to when it is certain that this device was online, by the wall clock: from an acknowledgement on, until
    /// something else was asked for, or the connection may have been silent already. `certain_ms`: a connection's last
    /// sign of life may be as much older than its end for the server.
    pub(crate) fn online_spans(&self, spare_ms: i64) -> Vec<(i64, i64)> {
        let (mut spans, mut since) = (Vec::new(), None::<i64>);
        let mut end = |since: &mut Option<i64>, until: i64| {
            if let Some(from) = since.take().filter(|from| *from < until) {
                spans.push((from, until));
            }
        };
        for (at, event) in &self.journal {
            match event {
                Event::Welcomed { hello, .. } if hello["state"] == "online" => since = since.or(Some(at.wall_ms)),
                Event::Asked(asked) if asked["type"] == "presence" && asked["state"] != "online" => {
                    end(&mut since, at.wall_ms);
                }
                Event::Answered { asked, answer } if answer["type"] == "ack" && asked["type"] == "presence" => {
                    if asked["state"] == "online" {
                        since = since.or(Some(at.wall_ms));
                    } else {
                        end(&mut since, at.wall_ms);
                    }
                }
                Event::Ended { alive, .. } => end(&mut since, alive.wall_ms - spare_ms),
                _ => {}
            }
        }
        end(&mut since, i64::MAX);
        spans
    }
}
