//! How time passes: deadlines in their order, before the inputs of the same instant; and how the server goes down and up.

use doorbell::domain::conversation::deed::Input;
use doorbell::domain::ids::{NodeId, VisitorId};
use doorbell::domain::presence::roster;
use doorbell::domain::time::{Span, Timestamp};

use super::{Inner, STARTUP_GRACE, Tab, World};

impl World {
    /// Time passes; everything that becomes due meanwhile happens at its own time.
    pub(crate) fn passes(&self, span: Span) {
        let mut inner = self.edit();
        let until = inner.now + span;
        inner.run_until(until);
    }

    /// The server is killed and starts again after a while. Nobody is plugged in after it.
    pub(crate) fn restarts_after(&self, down: Span) {
        self.edit().restart(down);
    }

    /// The server is killed and starts at once; all devices and visitors that were there are back at once.
    pub(crate) fn blinks(&self) {
        self.edit().blink();
    }
}

impl Inner {
    /// What is older than this can no longer change.
    pub(super) fn horizon(&self) -> Timestamp {
        let horizon = self.now - self.manner.window;
        match self.former_sign {
            Some(sign) if self.now < self.quiet_until + self.manner.window => horizon.min(sign),
            _ => horizon,
        }
    }

    fn run_until(&mut self, until: Timestamp) {
        let mut rounds_at_once = 0;
        while let Some(at) = self.next_event().filter(|at| *at <= until) {
            rounds_at_once = if at > self.now { 0 } else { rounds_at_once + 1 };
            assert!(rounds_at_once < 5, "a deadline at {at:?} does not end");
            self.now = self.now.max(at);
            self.everything_due();
        }
        self.now = until;
    }

    fn next_event(&self) -> Option<Timestamp> {
        let lingering = self.guests.values().filter_map(|guest| match guest.tab {
            Tab::Lingering { until, .. } => Some(until),
            _ => None,
        });
        let conversations = self.deadlines().map(|(_, at)| at);
        self.roster.next_deadline().into_iter().chain(lingering).chain(conversations).min()
    }

    fn deadlines(&self) -> impl Iterator<Item = (VisitorId, Timestamp)> {
        self.guests.iter().filter_map(|(id, guest)| {
            let (_, at) = guest.doc.as_ref()?.present().state.next_deadline()?;
            Some((*id, at.max(self.quiet_until)))
        })
    }

    /// Operators, then visitors, then timers.
    fn everything_due(&mut self) {
        self.presence(&roster::Input::Tick);
        let over = |tab: Tab| match tab {
            Tab::Lingering { nodes_lost, last_sign, until } if until <= self.now => Some((nodes_lost, last_sign)),
            _ => None,
        };
        let gone: Vec<_> = self.guests.iter().filter_map(|(id, guest)| Some((*id, over(guest.tab)?))).collect();
        for (id, (nodes_lost, at)) in gone {
            self.guests.get_mut(&id).expect("a visitor of this world").tab = Tab::Closed;
            let nodes = if nodes_lost { self.former_nodes(id) } else { vec![self.node] };
            self.visitor_left(id, &nodes, at);
        }
        let due: Vec<_> = self.deadlines().filter(|(_, at)| *at <= self.now).map(|(id, _)| id).collect();
        for id in due {
            self.ask(id, &[Input::Look]).expect("a look is never refused");
        }
    }

    /// The nodes of former runs on which the visitor is said to have sockets.
    pub(super) fn former_nodes(&self, id: VisitorId) -> Vec<NodeId> {
        let nodes = self.guests[&id].doc.as_ref().map(|doc| doc.visitor_on.clone()).unwrap_or_default();
        nodes.into_iter().filter(|node| *node != self.node).collect()
    }

    pub(super) fn visitor_left(&mut self, id: VisitorId, nodes: &[NodeId], at: Timestamp) {
        if self.guests[&id].doc.is_some() && !nodes.is_empty() {
            let inputs: Vec<_> = nodes.iter().map(|node| Input::VisitorLeft { node: *node, at }).collect();
            self.ask(id, &inputs).expect("leaving is never refused");
        }
    }

    fn restart(&mut self, down: Span) {
        let last_sign = self.now;
        // Nobody else is looked at after it.
        let attentive = self.attentive();
        self.now = self.now + down;
        self.node = NodeId(self.new_id());
        self.former_sign = Some(last_sign);
        self.quiet_until = self.now + self.manner.quiet;
        let until = self.now + STARTUP_GRACE;
        for id in self.guests.keys().copied().collect::<Vec<_>>() {
            let known = attentive.contains(&id) && !self.former_nodes(id).is_empty();
            let guest = self.guests.get_mut(&id).expect("a visitor of this world");
            guest.tab = if known { Tab::Lingering { nodes_lost: true, last_sign, until } } else { Tab::Closed };
        }
        let lost = self.roster.nodes().into_iter().map(|node| (node, last_sign)).collect();
        self.presence(&roster::Input::NodesLost { lost, until, outage: roster::Outage::Whole });
        self.look_at_what_is_attentive();
    }

    fn blink(&mut self) {
        let plugged: Vec<_> = self.plugged().collect();
        let open: Vec<_> = self.guests.iter().filter(|(_, g)| g.tab == Tab::Open).map(|(id, _)| *id).collect();
        self.restart(Span(0));
        for (operator, device) in plugged {
            self.plug_in(operator, &device, None);
        }
        open.into_iter().for_each(|id| self.visitor_is_here(id));
    }
}
