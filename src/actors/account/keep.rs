//! How an account is read, decided and committed.

use std::sync::Arc;

use actix::Context;

use super::nodes::Occasion;
use super::operators::plugged_in_elsewhere;
use super::{AccountActor, Input};
use crate::actors::api::{Change, ChangeAudited, Changed as SettingsChanged};
use crate::actors::hearsay::Hearsay;
use crate::actors::shared::Documents;
use crate::actors::shell::{self, Draft, Keeper, Shell};
use crate::actors::sweeper;
use crate::domain::account::{Account, Operator, Role};
use crate::domain::audit::{Act, Doer, Done};
use crate::domain::ids::{DeviceId, OperatorId};
use crate::domain::presence::device::Link;
use crate::domain::presence::roster::{self, Changed, Roster};
use crate::domain::refusal::{Refusal, RefusalCode};
use crate::domain::time::Timestamp;
use crate::ports::audit;
use crate::ports::journal::{Answer, Append, Commit, DocKey, Outcome, RecordOp, StoreError, Stream, Write};
use crate::ports::record::{encode, mint};

/// What a commit of an account changed, for those who are told.
#[derive(Default)]
pub(super) struct News {
    pub(super) presence: Changed,
    pub(super) settings: bool,
}

impl Keeper for AccountActor {
    type Input = Input;
    type Answer = (Arc<Account>, SettingsChanged);
    type Loaded = (Option<Documents>, Hearsay<2>);

    fn shell(&mut self) -> &mut Shell<Self> {
        &mut self.shell
    }

    fn is_ready(&self) -> bool {
        self.is_read && !self.is_behind()
    }

    fn load(&self) -> Answer<Result<Self::Loaded, StoreError>> {
        let (store, id, heard) = (Arc::clone(&self.host.store), self.id, self.hearsay);
        Box::pin(async move {
            let mut found = store.load(vec![DocKey::Settings(id), DocKey::Presence(id)]).await?.into_iter();
            let (settings, presence) = (found.next().flatten(), found.next().flatten());
            let Some(settings) = settings else { return Ok((None, heard)) };
            Ok((Some(Documents::read(&settings, presence.as_ref(), None)?), heard))
        })
    }

    fn install(&mut self, (loaded, heard): Self::Loaded, ctx: &mut Context<Self>) -> Result<(), StoreError> {
        self.is_read = true;
        self.hearsay.on_read(heard);
        let mut shared = self.shared.borrow_mut();
        let presence = |documents: &Documents| documents.presence_token;
        if shared.documents.as_ref().map(presence) != loaded.as_ref().map(presence) {
            // Somebody else's changes lie between, or instead of those at hand where the store failed over: conversations read
            // them from the log.
            shared.edges.clear();
        }
        let was = std::mem::replace(&mut shared.documents, loaded.clone());
        drop(shared);
        if let (Some(was), Some(is)) = (&was, loaded) {
            self.tell(ctx, was, &is, &News::between(was, &is));
        }
        self.look_at_log_ins_read(ctx, was.as_ref());
        self.look_at_sockets(ctx);
        if self.took_over {
            self.look_at_nodes(ctx, Occasion::Later);
            self.look_at_orphans(ctx);
        } else {
            self.took_over = true;
            // Whoever came first asked before it was read: by their question nothing is to lapse that lingers on.
            shell::ahead(self, ctx, Self::take_over);
        }
        Ok(())
    }

    fn decide(&mut self, inputs: &[Input]) -> Draft<Self> {
        let Some(documents) = self.shared.borrow().documents.clone() else {
            let answers = inputs.iter().map(|_| Err(Refusal::not_found("account"))).collect();
            return Draft { commit: Commit::default(), answers, then: Box::new(super::AccountActor::give_up) };
        };
        let now = self.host.now();
        let mut work = Work {
            account: Account::clone(&documents.account),
            roster: Roster::clone(&documents.roster),
            news: News::default(),
            records: Vec::new(),
            trail: Vec::new(),
            now,
        };
        let mut answer = |input| work.take(input).map(|made| (Arc::new(work.account.clone()), made));
        let answers = inputs.iter().map(&mut answer).collect();
        let (after, commit, news) = self.commit_of(&documents, work);
        Draft { commit, answers, then: Box::new(move |actor, ctx| actor.after(ctx, &after, &news)) }
    }

    fn commit(&self, commit: Commit) -> Answer<Outcome> {
        sweeper::commit(&self.host, commit)
    }

    fn is_shared(&self) -> bool {
        self.host.store.is_shared()
    }

    fn is_promise(input: &Input) -> bool {
        match input {
            Input::Presence(input) => {
                !matches!(input, roster::Input::Tick | roster::Input::Resettled | roster::Input::NodesLost { .. })
            }
            Input::Change(_) | Input::Audited(_) | Input::Forced { .. } => true,
            Input::Follow => false,
        }
    }

    fn rest(&mut self, ctx: &mut Context<Self>) {
        self.rearm(ctx);
        self.figure();
    }
}

/// What is worked on: the documents as they become, and what goes along in the same commit.
struct Work {
    account: Account,
    roster: Roster,
    news: News,
    records: Vec<RecordOp>,
    /// Entries of the audit trail.
    trail: Vec<Append>,
    now: Timestamp,
}

impl Work {
    fn take(&mut self, input: &Input) -> Result<SettingsChanged, Refusal> {
        match input {
            Input::Presence(input) => {
                check_who(input, &self.account)?;
                self.step(input);
            }
            Input::Follow => self.step(&roster::Input::Resettled),
            Input::Change(change) => return self.change(change).map(|(_, made)| made),
            Input::Audited(ChangeAudited { change, by, also }) => {
                self.check_admin(by)?;
                let (before, made) = self.change(change)?;
                let mut done = audit::done_by_change(&before, &self.account, &made.records);
                done.extend(also.iter().cloned());
                self.audit(by, done);
                return Ok(made);
            }
            Input::Forced { operator, on, by } => {
                self.check_admin(by)?;
                let (operator, on) = (*operator, *on);
                let input = roster::Input::AppearOffline { operator, on };
                check_who(&input, &self.account)?;
                let was = self.roster.appears_offline(operator);
                self.step(&input);
                let is = self.roster.appears_offline(operator);
                if was != is {
                    let act = if is { Act::ForcedOffline } else { Act::ForcedOfflineEnded };
                    self.audit(by, vec![Done::to_operator(act, &self.account, operator)]);
                }
            }
        }
        Ok(SettingsChanged::default())
    }

    /// What an admin may do is done by nobody who is none any more, whatever was true when they asked (rule P9).
    fn check_admin(&self, by: &Doer) -> Result<(), Refusal> {
        match self.account.operator(by.id) {
            Some(Operator { active: true, role: Role::Admin, .. }) => Ok(()),
            Some(Operator { active: true, .. }) => Err(Refusal::not_an_admin()),
            _ => Err(Refusal::new(RefusalCode::Unauthorized, "the operator is not active")),
        }
    }

    fn step(&mut self, input: &roster::Input) {
        merge(&mut self.news.presence, self.roster.step(input, &self.account, self.now));
    }

    /// The settings as they were before, and what the change brings along.
    fn change(&mut self, change: &Change) -> Result<(Account, SettingsChanged), Refusal> {
        let mut changed = self.account.clone();
        let made = change(&mut changed, self.now)?;
        changed.on_changed(&self.account, self.now);
        let before = std::mem::replace(&mut self.account, changed);
        self.news.settings = true;
        self.step(&roster::Input::Resettled);
        self.records.extend(made.records.iter().cloned());
        Ok((before, made))
    }

    fn audit(&mut self, by: &Doer, done: Vec<Done>) {
        self.trail.extend(audit::entries(&mut self.account, self.now, Some(by), done));
    }
}

/// Nobody who is not active comes, whatever was true when their door was opened (rule P9).
fn check_who(input: &roster::Input, account: &Account) -> Result<(), Refusal> {
    let is_active = |id| account.operator(id).is_some_and(|o| o.active);
    match input {
        roster::Input::PluggedIn { operator, .. }
        | roster::Input::Chose { operator, .. }
        | roster::Input::Leased { operator, .. }
            if !is_active(*operator) =>
        {
            Err(Refusal::new(RefusalCode::Unauthorized, "the operator is not active"))
        }
        roster::Input::AppearOffline { operator, .. } if account.operator(*operator).is_none() => {
            Err(Refusal::not_found("operator"))
        }
        _ => Ok(()),
    }
}

fn merge(all: &mut Changed, more: Changed) {
    all.edges.extend(more.edges);
    // Of a box that changed several times in one commit, the last state is told.
    all.boxes.retain(|b| !more.boxes.iter().any(|m| m.group == b.group));
    all.boxes.extend(more.boxes);
    all.devices_of.extend(more.devices_of);
    all.appearance_of.extend(more.appearance_of);
}

impl AccountActor {
    fn commit_of(&self, documents: &Documents, work: Work) -> (Documents, Commit, News) {
        let Work { account, roster, news, records, trail, now: _ } = work;
        let settings_changed = account != *documents.account;
        let presence_changed = roster != *documents.roster;
        let mut after = documents.clone();
        let mut commit = Commit {
            reads: vec![
                (DocKey::Settings(self.id), Some(documents.settings_token)),
                (DocKey::Presence(self.id), documents.presence_token),
            ],
            log: trail,
            records,
            ..Commit::default()
        };
        if settings_changed {
            after.settings_token = mint(Some(documents.settings_token));
            commit.writes.push(Write {
                key: DocKey::Settings(self.id),
                token: after.settings_token,
                state: encode(&account),
            });
            after.account = Arc::new(account);
        }
        if presence_changed {
            let token = mint(documents.presence_token);
            commit.writes.push(Write { key: DocKey::Presence(self.id), token, state: encode(&roster) });
            let edges = news.presence.edges.iter();
            let edges = (documents.roster.edges + 1..).zip(edges).map(|(position, edge)| Append {
                stream: Stream::Edges(self.id),
                position,
                entry: encode(edge),
            });
            commit.log.extend(edges);
            after.presence_token = Some(token);
            after.roster = Arc::new(roster);
        }
        (after, commit, news)
    }

    /// What was there before this actor lingers (rules P4, N10), and what waits is looked at.
    fn take_over(&mut self, ctx: &mut Context<Self>) {
        self.look_at_nodes(ctx, Occasion::TakingOver);
        self.look_at_orphans(ctx);
        shell::tell(self, ctx, Input::Presence(roster::Input::Tick));
        self.look_for_what_waits(ctx);
    }

    fn look_at_orphans(&mut self, ctx: &mut Context<Self>) {
        for orphan in self.orphans(self.host.now()) {
            shell::tell(self, ctx, Input::Presence(orphan));
        }
    }

    /// Devices that are said to be plugged in here and have no socket: their ends were lost when the actor before this one
    /// died, or when the store failed over. They linger (rules P4, P6).
    fn orphans(&self, now: Timestamp) -> Vec<roster::Input> {
        let node = self.host.node;
        let mut shared = self.shared.borrow_mut();
        shared.sockets.retain(|_, socket| socket.outlet.connected());
        let Some(documents) = &shared.documents else { return Vec::new() };
        let attendees = documents.roster.attendees.iter();
        let devices = attendees.flat_map(|(operator, a)| a.devices.iter().map(|(id, device)| (*operator, id, device)));
        let orphans = devices.filter(|(operator, id, device)| {
            matches!(&device.link, Link::Plugged { nodes } if nodes.contains(&node))
                && !plugged_in_elsewhere(&shared, *operator, id)
        });
        let broke = |(operator, id, _): (OperatorId, &DeviceId, _)| roster::Input::Broke {
            operator,
            device: id.clone(),
            node,
            last_sign: now,
            until: now + self.host.grace,
        };
        orphans.map(broke).collect()
    }
}
