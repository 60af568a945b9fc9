//! What became of a conversation meanwhile, before anybody asks for something: presence and settings changed, timers fell due.

use super::fact::{Fact, Firing, Terms};
use super::step::{Surroundings, Worktop};
use super::thread::FirstLetter;
use crate::domain::account::Kind;
use crate::domain::ids::OperatorId;
use crate::domain::notice::judge::{Case, Verdict, judge};
use crate::domain::notice::letter::{Letter, LetterState};
use crate::domain::presence::status::Status;

impl Worktop<'_> {
    // ------------------------------------------------------------ presence and settings

    pub(super) fn catch_up(&mut self) {
        self.catch_up_with_presence();
        let account = self.around.account;
        let terms = Terms::of(account, self.doc.group, self.around.delays);
        if terms != self.state().terms {
            // Settings that changed twice in a millisecond, or the server's own, are of no other time than this.
            let is_newer = self.doc.terms_at < account.changed_at;
            let since = if is_newer { account.changed_at } else { self.around.now };
            self.add_all([(since, Fact::Terms(terms))]);
        }
        self.doc.terms_at = account.changed_at;
    }

    fn catch_up_with_presence(&mut self) {
        let roster = self.around.roster;
        if self.doc.edges_seen == roster.edges {
            return;
        }
        let nothing_open = self.state().open.is_empty();
        self.doc.edges_seen = roster.edges;
        match self.around.edges {
            Some(edges) if !nothing_open => {
                let facts = edges.iter().map(|edge| {
                    let by = edge.operator;
                    let fact = match edge.status {
                        Status::Online => Fact::Online { by, device: edge.device.clone(), since: edge.at },
                        _ => Fact::NotOnline { by },
                    };
                    (edge.at, fact)
                });
                self.add_all(facts);
            }
            _ => self.take_a_look_at_the_roster(),
        }
    }

    /// Where the single changes do not matter, or are out of reach: what is so now is so since the roster says.
    fn take_a_look_at_the_roster(&mut self) {
        let Surroundings { roster, now, .. } = self.around;
        let online: Vec<_> = roster.online().collect();
        let known = &self.state().attendance;
        let is_gone = |by: &OperatorId| !online.iter().any(|(id, ..)| id == by);
        let gone = known.iter().filter(|(by, attendance)| attendance.online.is_some() && is_gone(by));
        let gone =
            gone.map(|(by, _)| (roster.attendees.get(by).map_or(*now, |a| a.since), Fact::NotOnline { by: *by }));
        let known_since = |by| known.get(&by).and_then(|a| a.online.as_ref()).map(|(since, _)| *since);
        let came = online.iter().filter(|(by, since, _)| known_since(*by) != Some(*since));
        let came =
            came.map(|(by, since, device)| (*since, Fact::Online { by: *by, device: device.clone(), since: *since }));
        let facts: Vec<_> = gone.chain(came).collect();
        self.add_all(facts);
    }

    // ------------------------------------------------------------ deadlines

    pub(super) fn fire_what_is_due(&mut self) {
        // What presence is about to find out may be of an earlier time: it is heard first, and brings the next look.
        let presence_is_behind = self.around.roster.next_deadline().is_some_and(|at| at <= self.around.now);
        if self.around.now < self.around.quiet_until || presence_is_behind {
            return;
        }
        // Each round ends a timer or puts it off into the future; there are two timers.
        for _ in 0..4 {
            let Some((kind, due_at)) = self.state().next_deadline() else { return };
            if due_at > self.around.now {
                return;
            }
            self.decide(kind);
        }
    }

    fn decide(&mut self, kind: Kind) {
        let state = self.state();
        let Some(timer) = state.timer(kind) else { return };
        let case = Case {
            conversation: self.doc.id,
            group: self.doc.group,
            state,
            account: self.around.account,
            delays: self.around.delays,
            kind,
        };
        match judge(&case, timer, self.around.now) {
            Verdict::Wait { until, people } => self.add(Fact::PutOff { kind, until, people }),
            Verdict::Fire(firing) => {
                self.queue_letters(&firing);
                self.add(Fact::Fired(firing));
            }
        }
    }

    fn queue_letters(&mut self, firing: &Firing) {
        let account = self.around.account;
        let letters = firing.people.iter().filter_map(|person| {
            let id = person.letter?;
            let delay = person.reasons.iter().find_map(|reason| reason.evidence.delay)?;
            let operator = account.operator(id.operator)?;
            Some(Letter {
                id,
                kind: firing.kind,
                state: LetterState::Queued,
                to: operator.email.clone(),
                message_id: (self.around.message_id)(id),
                seqs: firing.seqs.clone(),
                started_at: firing.started_at,
                delay,
                group: account.effective_group(self.doc.group).map(|g| g.id),
                created_at: self.around.now,
                next_attempt_at: Some(self.around.now),
                claim: None,
                bodies: 0,
                raw: None,
                asked_at: None,
                bounces: Vec::new(),
                attempts: Vec::new(),
            })
        });
        let letters: Vec<Letter> = letters.collect();
        if !letters.is_empty() {
            self.doc.letters = letters.iter().map(|l| (l.id, l.state)).collect();
            let visitor_name = self.doc.visitor.name.clone();
            self.doc.first_letter.get_or_insert(FirstLetter { visitor_name });
            self.letters.extend(letters);
        }
    }
}
