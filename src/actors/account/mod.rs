//! The actor of one account: its presence and settings, the parent of its conversations.

mod announce;
mod bulletin;
mod conversations;
mod counts;
mod keep;
mod log_ins;
mod nodes;
mod operators;
mod sleepers;
mod strangers;
mod visitors;

use std::sync::Arc;

use actix::{Actor, ActorContext, AsyncContext, Context, Handler, Message, SpawnHandle};

use self::log_ins::LogIns;
use self::sleepers::Sleepers;
use super::alarm::{self, Alarm, Alarmed};
use super::hearsay::Hearsay;
use super::host::Host;
use super::shared::{Documents, SharedAccount};
use super::shell::{self, Shell};
use crate::domain::audit::Doer;
use crate::domain::ids::{AccountId, ConversationId, OperatorId};
use crate::domain::presence::roster;
use crate::domain::presence::word::Word;
use crate::domain::time::Timestamp;
use crate::ports::figures::{AccountShare, Presence};

pub use self::conversations::{LetterMoved, others_groups};
pub use self::counts::count_all;
pub use self::nodes::{Hinted, NodesLost, Resync};

/// What changes an account.
#[derive(Clone)]
pub enum Input {
    /// Presence.
    Presence(roster::Input),
    /// Settings.
    Change(super::api::Change),
    /// Settings, by an admin.
    Audited(super::api::ChangeAudited),
    /// A colleague is made to appear offline, or no longer, by an admin.
    Forced {
        /// Who.
        operator: OperatorId,
        /// Whether.
        on: Word<bool>,
        /// The admin.
        by: Doer,
    },
    /// The settings were written by somebody else: presence follows them.
    Follow,
}

/// The actor.
pub struct AccountActor {
    id: AccountId,
    host: Arc<Host>,
    shared: SharedAccount,
    shell: Shell<Self>,
    alarm: Alarm,
    /// Whether the documents, as the store has them, are here.
    is_read: bool,
    /// Whether what was there before this actor has been looked at.
    took_over: bool,
    /// What others are said to have written.
    hearsay: Hearsay<2>,
    /// The next look at sockets that are to prove themselves.
    proofs: Option<SpawnHandle>,
    /// Log-ins that are to be looked at.
    log_ins: LogIns,
    /// Conversations that are to be woken.
    sleepers: Sleepers,
    /// The look at visitors of whom no conversation is known.
    strangers: strangers::Look,
    /// Ends of its own accord: nothing is left behind but what is stored.
    sleeps: bool,
    /// Since when nothing was asked.
    idle_since: Timestamp,
    /// What it adds to the figures.
    share: AccountShare,
}

impl AccountActor {
    /// To be started; it reads itself. What is shared may be that of an actor before it, which died.
    pub fn new(shared: SharedAccount, host: Arc<Host>) -> Self {
        let id = shared.borrow().id;
        Self {
            id,
            shared,
            host,
            shell: Shell::default(),
            alarm: Alarm::default(),
            is_read: false,
            took_over: false,
            hearsay: Hearsay::default(),
            proofs: None,
            log_ins: LogIns::default(),
            sleepers: Sleepers::default(),
            strangers: strangers::Look::default(),
            sleeps: false,
            idle_since: Timestamp::default(),
            share: AccountShare::default(),
        }
    }

    /// The figures follow the presence.
    fn figure(&mut self) {
        let shared = self.shared.borrow();
        let Some(Documents { roster, .. }) = &shared.documents else { return };
        let devices = roster.attendees.values().flat_map(|attendee| attendee.devices.values());
        let online = roster.boxes.iter().filter(|state| state.online).count();
        self.share.set(Presence {
            lingering: devices.filter(|device| device.is_lingering()).count(),
            online,
            offline: roster.boxes.len() - online,
        });
    }

    fn rearm(&mut self, ctx: &mut Context<Self>) {
        let deadline = self.shared.borrow().documents.as_ref().and_then(|d| d.roster.next_deadline());
        alarm::set(self, ctx, deadline, self.host.now());
    }

    /// Nobody is connected, nothing runs: goes to sleep.
    fn sleep_if_idle(&mut self, ctx: &mut Context<Self>) {
        let shared = self.shared.borrow();
        let deadline = shared.documents.as_ref().and_then(|d| d.roster.next_deadline());
        // What waits must learn when a device is given up or a lease lapses.
        let must_wake_others = deadline.is_some() && (!shared.attentive.is_empty() || self.sleepers.are_forgotten());
        let is_needed = !shared.sockets.is_empty()
            || !shared.lobbies.is_empty()
            || shared.conversations.values().any(actix::Addr::connected)
            || must_wake_others
            || self.sleepers.is_busy()
            || self.log_ins.is_busy();
        drop(shared);
        if !is_needed && !self.shell.is_busy() && self.host.now() - self.idle_since >= self.host.idle {
            self.give_up(ctx);
        }
    }

    /// Somebody may have written the documents: they are read before the next decision, and presence follows them.
    fn read_again(&mut self, ctx: &mut Context<Self>) {
        self.hearsay.on_rumour();
        self.log_ins.doubt_all();
        shell::tell(self, ctx, Input::Follow);
    }

    fn give_up(&mut self, ctx: &mut Context<Self>) {
        self.sleeps = true;
        ctx.stop();
    }
}

impl Actor for AccountActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.idle_since = self.host.now();
        ctx.run_interval(self.host.idle.to_duration(), Self::sleep_if_idle);
        self.follow_the_board(ctx);
        // Sockets of an actor before this one may have missed something.
        self.everybody_moved();
        self.await_movement(ctx);
        shell::pump(self, ctx);
    }

    /// A panic leads here too; then what is shared is left to the next actor as it is.
    fn stopped(&mut self, _: &mut Self::Context) {
        if self.sleeps {
            let mut shared = self.shared.borrow_mut();
            shared.documents = None;
            shared.edges.clear();
            shared.attentive.clear();
        }
    }
}

impl Alarmed for AccountActor {
    fn alarm(&mut self) -> &mut Alarm {
        &mut self.alarm
    }

    fn on_alarm(&mut self, ctx: &mut Context<Self>) {
        shell::tell(self, ctx, Input::Presence(roster::Input::Tick));
    }
}

/// Something of the account may be due, or was written by somebody else: read the documents again.
#[derive(Clone, Copy, Message)]
#[rtype(result = "()")]
pub struct Reread;

impl Handler<Reread> for AccountActor {
    type Result = ();

    fn handle(&mut self, _: Reread, ctx: &mut Context<Self>) {
        self.read_again(ctx);
    }
}

/// Deadlines of these conversations come near: they wake up.
#[derive(Clone, Message)]
#[rtype(result = "()")]
pub struct Wake(pub Vec<ConversationId>);

impl Handler<Wake> for AccountActor {
    type Result = ();

    fn handle(&mut self, Wake(ids): Wake, ctx: &mut Context<Self>) {
        self.idle_since = self.host.now();
        self.wake_the_due(ctx, ids);
    }
}
