//! Those who use the nodes: a company's operators at their devices, visitors in their browsers.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::client::{Client, Event, Goal, Role};
use crate::cluster::{Cluster, Company};
use crate::schedule::Deed;

/// Everybody. Operators may have several devices, one client each.
pub(crate) struct Crowd {
    pub(crate) company: Company,
    /// Clients of operators, with the operator's place.
    pub(crate) devices: Vec<(usize, Client)>,
    pub(crate) visitors: Vec<Client>,
    words: AtomicUsize,
    /// How many deeds were done.
    pub(crate) deeds: AtomicUsize,
}

/// Where somebody's first message is to be found again: in mails too, and in no other's text.
fn words(number: usize) -> String {
    format!("word{number:06}end")
}

impl Crowd {
    /// Everybody comes: each operator with so many devices, then so many visitors, each to a node of their own choice.
    pub(crate) async fn gather(cluster: &Cluster, seed: u64, devices: usize, visitors: usize) -> Result<Self, String> {
        let company = cluster.company.clone();
        let mut crowd = Self::empty(company.clone());
        for (place, operator) in company.operators.iter().enumerate() {
            for device in 0..devices {
                crowd
                    .devices
                    .push((place, crowd.device(cluster, seed, place, &format!("{}-{device}", operator.id), Goal::Any)));
            }
        }
        // Nobody finds a closed box who comes later.
        crowd.all_are_welcome().await?;
        for number in 0..visitors {
            crowd.visitors.push(visitor(cluster, &company, seed, number, Goal::Any));
        }
        crowd.all_are_welcome().await?;
        Ok(crowd)
    }

    pub(crate) fn empty(company: Company) -> Self {
        let (words, deeds) = (AtomicUsize::new(1), AtomicUsize::new(0));
        Self { company, devices: Vec::new(), visitors: Vec::new(), words, deeds }
    }

    /// A device of an operator.
    pub(crate) fn device(&self, cluster: &Cluster, seed: u64, place: usize, device: &str, goal: Goal) -> Client {
        let operator = &self.company.operators[place];
        let role = Role::Operator { id: operator.id.clone(), token: operator.token.clone(), device: device.to_owned() };
        Client::start(&format!("operator {place} at {device}"), role, &cluster.addresses, seed, goal)
    }

    pub(crate) fn clients(&self) -> impl Iterator<Item = &Client> {
        self.devices.iter().map(|(_, client)| client).chain(&self.visitors)
    }

    /// Waits until everybody who wants to is at a node.
    pub(crate) async fn all_are_welcome(&self) -> Result<(), String> {
        for client in self.clients() {
            client.wait("a welcome", |state| (state.goal == Goal::Rest || state.at.is_some()).then_some(())).await?;
        }
        Ok(())
    }

    /// Waits until everything that was asked is answered.
    pub(crate) async fn all_is_answered(&self) -> Result<(), String> {
        for client in self.clients() {
            let open = |of: &Event| matches!(of, Event::Asked(_));
            let done = |of: &Event| matches!(of, Event::Answered { .. });
            let look = |state: &crate::client::State| {
                let count = |is: &dyn Fn(&Event) -> bool| state.journal.iter().filter(|(_, event)| is(event)).count();
                (state.goal == Goal::Rest || count(&open) == count(&done)).then_some(())
            };
            client.wait("an answer to everything", look).await?;
        }
        Ok(())
    }

    /// Somebody does something. What cannot be done now is left.
    pub(crate) fn does(&self, deed: Deed) {
        let is_done = match deed {
            Deed::Write(who) => self.writes(who).is_some(),
            Deed::Leave(who) => goes(&self.visitors[who], Goal::Rest),
            Deed::Return(who) => goes(&self.visitors[who], Goal::Any),
            Deed::Stumble(who) => {
                self.visitors[who].stumble();
                true
            }
            Deed::State(device, state) => self.is(device, state).is_some(),
            Deed::Rest(device) => goes(&self.devices[device].1, Goal::Rest),
            Deed::Come(device) => goes(&self.devices[device].1, Goal::Any),
            Deed::Trip(device) => {
                self.devices[device].1.stumble();
                true
            }
            Deed::Act(device, act, visitor) => self.acts(device, act, visitor).is_some(),
            Deed::Reply(device, visitor) => self.replies(device, visitor).is_some(),
        };
        self.deeds.fetch_add(usize::from(is_done), Ordering::Relaxed);
    }

    /// What everybody was told, for whoever wants to know what went wrong.
    pub(crate) fn write_journals(&self, folder: &Path) {
        let folder = folder.join("journals");
        std::fs::create_dir_all(&folder).unwrap();
        for client in self.clients() {
            let mut lines = String::new();
            for (at, event) in &client.state().journal {
                writeln!(lines, "{} {event:?}", at.wall_ms).unwrap();
            }
            std::fs::write(folder.join(&client.shared.name), lines).unwrap();
        }
    }

    /// Everybody forgets what they were told and comes anew.
    pub(crate) fn look_anew(&self) {
        for client in self.clients() {
            client.state().view.forget();
            client.stumble();
        }
    }

    /// A visitor writes; who is not there does not.
    pub(crate) fn writes(&self, who: usize) -> Option<oneshot::Receiver<Value>> {
        let visitor = &self.visitors[who];
        let words = words(self.words.fetch_add(1, Ordering::Relaxed));
        let is_there = visitor.state().goal != Goal::Rest;
        is_there.then(|| visitor.ask(json!({ "type": "message", "text": words, "client_id": words })))
    }

    /// A device's state is chosen.
    pub(crate) fn is(&self, device: usize, state: &str) -> Option<oneshot::Receiver<Value>> {
        let client = &self.devices[device].1;
        {
            let mut known = client.state();
            if known.goal == Goal::Rest {
                return None;
            }
            state.clone_into(&mut known.wish);
        }
        Some(client.ask(json!({ "type": "presence", "state": state })))
    }

    fn conversation(&self, visitor: usize) -> Option<String> {
        self.visitors[visitor].state().view.own.clone()
    }

    fn acts(&self, device: usize, act: &str, visitor: usize) -> Option<oneshot::Receiver<Value>> {
        let conversation = self.conversation(visitor)?;
        let client = &self.devices[device].1;
        let is_there = client.state().goal != Goal::Rest;
        is_there.then(|| client.ask(json!({ "type": act, "conversation": conversation })))
    }

    fn replies(&self, device: usize, visitor: usize) -> Option<oneshot::Receiver<Value>> {
        let conversation = self.conversation(visitor)?;
        let client = &self.devices[device].1;
        let words = words(self.words.fetch_add(1, Ordering::Relaxed));
        let frame = json!({ "type": "message", "conversation": conversation, "text": words, "client_id": words });
        let is_there = client.state().goal != Goal::Rest;
        is_there.then(|| client.ask(frame))
    }
}

fn goes(client: &Client, goal: Goal) -> bool {
    let differs = client.state().goal != goal;
    client.go(goal);
    differs
}

/// Somebody on the web site.
pub(crate) fn visitor(cluster: &Cluster, company: &Company, seed: u64, number: usize, goal: Goal) -> Client {
    let role = Role::Visitor { key: company.key.clone() };
    Client::start(&format!("visitor {number}"), role, &cluster.addresses, seed, goal)
}
