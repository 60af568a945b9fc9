//! Operators' sockets, leases and log-ins, and the settings.

use std::sync::Arc;

use actix::{ActorFutureExt, Context, Handler, ResponseActFuture, WrapFuture};

use super::{AccountActor, Input};
use crate::actors::api::{
    AppearOffline, AskAccount, AskDevice, AskPresence, ChangeAudited, ChangeSettings, Changed, Choose, EndSessions,
    Ended, Enter, Entered, ForceOffline, Lease, Presence, Reply, SocketEnded, SocketId, ToSocket,
};
use crate::actors::shared::{Documents, Shared, Socket};
use crate::actors::shell::{self, answered};
use crate::domain::account::Account;
use crate::domain::bulletin::notices_for;
use crate::domain::ids::{DeviceId, OperatorId, SessionId};
use crate::domain::presence::device::{Card, Device, LeaseHeld, Link};
use crate::domain::presence::roster;
use crate::domain::refusal::{Refusal, RefusalCode};
use crate::domain::time::Timestamp;
use crate::ports::bus::Hint;

/// The answer of the account's loop, once it comes.
type Answered = shell::Answered<AccountActor>;

impl AccountActor {
    fn ask_presence(&mut self, ctx: &mut Context<Self>, input: roster::Input) -> Answered {
        shell::ask(self, ctx, Input::Presence(input))
    }

    /// The account's documents.
    pub(super) fn documents(&self) -> Reply<Documents> {
        self.shared.borrow().documents.clone().ok_or_else(|| Refusal::not_found("account"))
    }

    /// The store is away, and a commit may wait for it for long: who only asks is told what was known, as stale.
    fn knows_all_it_can(&self) -> bool {
        self.is_read && self.shared.borrow().conditions.is_stale()
    }

    fn presence(&self) -> Reply<Presence> {
        let documents = self.documents()?;
        let shared = self.shared.borrow();
        let felt = |operator: OperatorId, device: &DeviceId| shared.felt(operator, device);
        let groups = std::iter::once(None).chain(documents.account.effective_groups().iter().map(|g| Some(g.id)));
        let chat = groups.map(|group| shared.chat_of(&documents, group)).collect();
        Ok(Presence { chat, operators: documents.roster.operators(&documents.account, &felt) })
    }

    /// Takes a socket out; what its device's presence makes of it.
    fn take_out(&self, id: SocketId, how: Ended, now: Timestamp) -> Option<roster::Input> {
        let mut shared = self.shared.borrow_mut();
        let socket = shared.sockets.remove(&id)?;
        let Socket { operator, device, pulse, .. } = socket;
        if plugged_in_elsewhere(&shared, operator, &device) {
            return None;
        }
        let node = self.host.node;
        Some(match how {
            Ended::Bye => roster::Input::PulledOut { operator, device, node },
            Ended::Broken { last_sign } => {
                let last_sign = last_sign.max(pulse.last()).min(now);
                roster::Input::Broke { operator, device, node, last_sign, until: now + self.host.grace }
            }
        })
    }
}

/// Whether the device has a socket here.
pub(super) fn plugged_in_elsewhere(shared: &Shared, operator: OperatorId, device: &DeviceId) -> bool {
    shared.sockets.values().any(|s| s.operator == operator && s.device == *device)
}

impl Handler<Enter> for AccountActor {
    type Result = ResponseActFuture<Self, Reply<Entered>>;

    fn handle(&mut self, enter: Enter, ctx: &mut Context<Self>) -> Self::Result {
        let Enter { socket, operator, session, device, kind, name, state, outlet, pulse } = enter;
        let card = Card { kind, name };
        let entry = Socket {
            operator,
            session,
            device: device.clone(),
            card: card.clone(),
            is_in: false,
            doubted_at: None,
            outlet,
            pulse,
            counts: None,
        };
        let mut shared = self.shared.borrow_mut();
        shared.on_watcher(self.host.now());
        shared.sockets.insert(socket, entry);
        drop(shared);
        let node = self.host.node;
        let input = roster::Input::PluggedIn { operator, device, card, state, node, session };
        let answer = self.ask_presence(ctx, input);
        let entered = answered(answer)
            .into_actor(self)
            .map(move |answer, actor, _| answer.and_then(|_| actor.entered(operator)))
            // The inbox comes from the store; what happens meanwhile is told to the socket, which keeps it for after the
            // welcome.
            .then(move |entered, actor, _| {
                let inbox = entered.map(|entered| (entered, actor.inbox_of(operator)));
                async move {
                    let (mut entered, inbox) = inbox?;
                    (entered.conversations, entered.counts) = inbox.await?;
                    Ok(entered)
                }
                .into_actor(actor)
            });
        Box::pin(entered.map(move |entered, actor, ctx| {
            match &entered {
                Ok(entered) => {
                    actor.welcomed_with(socket, entered.counts);
                    actor.look_at_sockets(ctx);
                }
                Err(why) => actor.turn_away(ctx, socket, why),
            }
            entered
        }))
    }
}

impl AccountActor {
    /// A socket that is refused is none, even if its device was already plugged in for it.
    fn turn_away(&mut self, ctx: &mut Context<Self>, socket: SocketId, why: &Refusal) {
        let now = self.host.now();
        let Some(input) = self.take_out(socket, Ended::refused(why, now), now) else { return };
        let (roster::Input::PulledOut { operator, device, .. } | roster::Input::Broke { operator, device, .. }) =
            &input
        else {
            return;
        };
        let attendee = self.documents().ok().and_then(|d| d.roster.attendees.get(operator).cloned());
        let link = attendee.and_then(|mut a| a.devices.remove(device)).map(|d| d.link);
        if matches!(link, Some(Link::Plugged { nodes }) if nodes.contains(&self.host.node)) {
            shell::tell(self, ctx, Input::Presence(input));
        }
    }

    fn entered(&self, operator: OperatorId) -> Reply<Entered> {
        let documents = self.documents()?;
        let known = documents.account.operator(operator).filter(|o| o.active);
        let known = known.ok_or_else(|| Refusal::new(RefusalCode::Unauthorized, "the operator is not active"))?;
        let Presence { chat, operators } = self.presence()?;
        let devices = operators.iter().find(|o| o.id == operator).map(|o| o.devices.clone()).unwrap_or_default();
        Ok(Entered {
            operator: known.clone(),
            account: Arc::clone(&documents.account),
            chat,
            operators,
            devices,
            conversations: Vec::new(),
            counts: crate::actors::api::Counts::default(),
            notices: notices_for(Some(known), &documents.account, &self.shared.borrow().conditions),
        })
    }
}

impl Handler<Choose> for AccountActor {
    type Result = ResponseActFuture<Self, Reply<()>>;

    fn handle(&mut self, Choose { socket, state }: Choose, ctx: &mut Context<Self>) -> Self::Result {
        let known = self.shared.borrow().sockets.get(&socket).map(|s| (s.operator, s.device.clone()));
        let Some((operator, device)) = known else {
            let gone = Refusal::new(RefusalCode::Unauthorized, "the session has ended");
            return Box::pin(actix::fut::ready(Err(gone)));
        };
        let answer = self.ask_presence(ctx, roster::Input::Chose { operator, device, state });
        Box::pin(answered(answer).into_actor(self).map(|answer, _, _| answer.map(drop)))
    }
}

impl Handler<AppearOffline> for AccountActor {
    type Result = ResponseActFuture<Self, Reply<()>>;

    fn handle(&mut self, AppearOffline { operator, on }: AppearOffline, ctx: &mut Context<Self>) -> Self::Result {
        let answer = self.ask_presence(ctx, roster::Input::AppearOffline { operator, on });
        Box::pin(answered(answer).into_actor(self).map(|answer, _, _| answer.map(drop)))
    }
}

impl Handler<ForceOffline> for AccountActor {
    type Result = ResponseActFuture<Self, Reply<()>>;

    fn handle(&mut self, force: ForceOffline, ctx: &mut Context<Self>) -> Self::Result {
        let ForceOffline { operator, on, by } = force;
        let answer = shell::ask(self, ctx, Input::Forced { operator, on, by });
        Box::pin(answered(answer).into_actor(self).map(|answer, _, _| answer.map(drop)))
    }
}

impl Handler<SocketEnded> for AccountActor {
    type Result = ResponseActFuture<Self, Reply<()>>;

    fn handle(&mut self, SocketEnded { socket, how }: SocketEnded, ctx: &mut Context<Self>) -> Self::Result {
        let Some(input) = self.take_out(socket, how, self.host.now()) else {
            return Box::pin(actix::fut::ready(Ok(())));
        };
        let answer = shell::insist(self, ctx, Input::Presence(input));
        Box::pin(answered(answer).into_actor(self).map(|answer, _, _| answer.map(drop)))
    }
}

impl Handler<Lease> for AccountActor {
    type Result = ResponseActFuture<Self, Reply<Timestamp>>;

    fn handle(&mut self, lease: Lease, ctx: &mut Context<Self>) -> Self::Result {
        let Lease { operator, session, device, kind, name, state, ttl } = lease;
        let until = state.at + ttl;
        let card = Card { kind, name };
        let lease = LeaseHeld { until, session };
        let answer = self.ask_presence(ctx, roster::Input::Leased { operator, device, card, state, lease });
        Box::pin(answered(answer).into_actor(self).map(move |answer, _, _| answer.map(|_| until)))
    }
}

impl Handler<EndSessions> for AccountActor {
    type Result = ResponseActFuture<Self, Reply<()>>;

    /// P4, P9: log-out and revocation count at once, whatever the sockets' ends will say.
    fn handle(&mut self, end: EndSessions, ctx: &mut Context<Self>) -> Self::Result {
        // Other nodes hold sockets of theirs.
        self.host.bus.tell(Hint::LogInsEnded { account: self.id });
        let answer = self.end_sessions(ctx, end);
        Box::pin(answered(answer).into_actor(self).map(|answer, _, _| answer.map(drop)))
    }
}

impl AccountActor {
    /// The same of what is here.
    pub(super) fn end_sessions(&mut self, ctx: &mut Context<Self>, end: EndSessions) -> Answered {
        let EndSessions { operator, sessions, device } = end;
        let by_log_in = |s: &Socket| sessions.as_ref().is_none_or(|ids| ids.contains(&s.session));
        let ended = |s: &Socket| s.operator == operator && (device.as_ref() == Some(&s.device) || by_log_in(s));
        let shared = self.shared.borrow();
        let sockets: Vec<SocketId> = shared.sockets.iter().filter(|(_, s)| ended(s)).map(|(id, _)| *id).collect();
        for id in &sockets {
            if let Some(socket) = shared.sockets.get(id) {
                socket.outlet.do_send(ToSocket::Revoked);
            }
        }
        drop(shared);
        let now = self.host.now();
        for id in sockets {
            if let Some(input) = self.take_out(id, Ended::Bye, now) {
                shell::tell(self, ctx, Input::Presence(input));
            }
        }
        if let Some(device) = device {
            shell::tell(self, ctx, Input::Presence(roster::Input::SignedOut { operator, device }));
        }
        self.ask_presence(ctx, roster::Input::SessionsEnded { operator, sessions })
    }
}

impl Handler<AskDevice> for AccountActor {
    type Result = ResponseActFuture<Self, Reply<Option<Vec<SessionId>>>>;

    fn handle(&mut self, AskDevice { operator, device }: AskDevice, ctx: &mut Context<Self>) -> Self::Result {
        // On the way of a decision, so that what was asked before is in it.
        let answer = self.ask_presence(ctx, roster::Input::Tick);
        Box::pin(answered(answer).into_actor(self).map(move |answer, actor, _| {
            answer?;
            let documents = actor.documents()?;
            let shared = actor.shared.borrow();
            let sockets = shared.sockets.values().filter(|s| s.operator == operator && s.device == device);
            let mut sessions: Vec<SessionId> = sockets.map(|s| s.session).collect();
            let known = documents.roster.attendees.get(&operator).and_then(|a| a.devices.get(&device));
            if known.is_none() && sessions.is_empty() {
                return Ok(None);
            }
            // Also by its sockets on other nodes.
            sessions.extend(known.into_iter().flat_map(Device::log_ins));
            Ok(Some(sessions))
        }))
    }
}

impl Handler<AskPresence> for AccountActor {
    type Result = ResponseActFuture<Self, Reply<Presence>>;

    fn handle(&mut self, _: AskPresence, ctx: &mut Context<Self>) -> Self::Result {
        if self.knows_all_it_can() {
            return Box::pin(actix::fut::ready(self.presence()));
        }
        let answer = self.ask_presence(ctx, roster::Input::Tick);
        Box::pin(answered(answer).into_actor(self).map(|answer, actor, _| {
            answer?;
            actor.presence()
        }))
    }
}

impl Handler<AskAccount> for AccountActor {
    type Result = ResponseActFuture<Self, Reply<Arc<Account>>>;

    fn handle(&mut self, _: AskAccount, ctx: &mut Context<Self>) -> Self::Result {
        if self.knows_all_it_can() {
            return Box::pin(actix::fut::ready(self.documents().map(|documents| documents.account)));
        }
        // On the way of a decision, so that it is read when it comes and after what was asked before.
        let answer = self.ask_presence(ctx, roster::Input::Tick);
        Box::pin(answered(answer).into_actor(self).map(|answer, _, _| answer.map(|(account, _)| account)))
    }
}

impl Handler<ChangeSettings> for AccountActor {
    type Result = ResponseActFuture<Self, Reply<(Arc<Account>, Changed)>>;

    fn handle(&mut self, ChangeSettings(change): ChangeSettings, ctx: &mut Context<Self>) -> Self::Result {
        let answer = shell::ask(self, ctx, Input::Change(change));
        Box::pin(answered(answer).into_actor(self))
    }
}

impl Handler<ChangeAudited> for AccountActor {
    type Result = ResponseActFuture<Self, Reply<(Arc<Account>, Changed)>>;

    fn handle(&mut self, change: ChangeAudited, ctx: &mut Context<Self>) -> Self::Result {
        let answer = shell::ask(self, ctx, Input::Audited(change));
        Box::pin(answered(answer).into_actor(self))
    }
}
