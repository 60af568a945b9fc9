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
    /// something else was asked for, or the connection may have been silent already. `spare_ms`: for the server, a
    /// connection's last sign of life may be as much older. `unheard`: from when to when a node's devices were not known.
    pub(crate) fn online_spans(&self, spare_ms: i64, unheard: &[(usize, i64, i64)]) -> Vec<(i64, i64)> {
        let (mut spans, mut since, mut at_node, mut wants_online) = (Vec::new(), None::<i64>, usize::MAX, true);
        let mut end = |since: &mut Option<i64>, node: usize, until: i64| {
            let Some(from) = since.take() else { return };
            let silences = unheard.iter().filter(|(of, ..)| *of == node);
            let (before, after) = silences.fold((until, from), |(before, after), (_, start, end)| {
                if *start < until && from < *end { (before.min(*start), after.max(*end)) } else { (before, after) }
            });
            let whole = before == until && after == from;
            let pieces = if whole { vec![(from, until)] } else { vec![(from, before), (after, until)] };
            spans.extend(pieces.into_iter().filter(|(from, until)| from < until));
        };
        for (at, event) in &self.journal {
            match event {
                Event::Welcomed { node, hello } => {
                    at_node = *node;
                    // Another state may have been wanted while it knocked, and follows.
                    if hello["state"] == "online" {
                        since = since.or(Some(at.wall_ms).filter(|_| wants_online));
                    }
                }
                Event::Asked(asked) if asked["type"] == "presence" => {
                    wants_online = asked["state"] == "online";
                    if !wants_online {
                        end(&mut since, at_node, at.wall_ms);
                    }
                }
                // Something else may have been asked for since, and be on its way.
                Event::Answered { asked, answer } if answer["type"] == "ack" && asked["state"] == "online" => {
                    since = since.or(Some(at.wall_ms).filter(|_| wants_online));
                }
                Event::Ended { alive, .. } => end(&mut since, at_node, alive.wall_ms - spare_ms),
                _ => {}
            }
        }
        end(&mut since, at_node, i64::MAX);
        spans
    }
}
