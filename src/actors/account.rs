//! The actor of one account. (To be built.)

use std::sync::Arc;

use actix::{Actor, Context};

use super::host::Host;
use crate::domain::ids::AccountId;

/// The account's presence, settings and conversations, while it is active.
pub struct AccountActor {
    #[allow(dead_code)]
    account: AccountId,
    #[allow(dead_code)]
    host: Arc<Host>,
}

impl AccountActor {
    /// To be started; it loads itself.
    pub fn new(account: AccountId, host: Arc<Host>) -> Self {
        Self { account, host }
    }
}

impl Actor for AccountActor {
    type Context = Context<Self>;
}

macro_rules! not_yet {
    ($($message:ident),*) => { $(
        impl actix::Handler<super::api::$message> for AccountActor {
            type Result = actix::MessageResult<super::api::$message>;
            fn handle(&mut self, _: super::api::$message, _: &mut Context<Self>) -> Self::Result {
                actix::MessageResult(Err(crate::domain::refusal::Refusal::unavailable("not yet")))
            }
        }
    )* };
}
not_yet!(
    Enter,
    Choose,
    AppearOffline,
    Lease,
    EndSessions,
    AskPresence,
    AskAccount,
    ChangeSettings,
    Act,
    AskConversations,
    AskExplanation,
    VisitorEnter,
    VisitorAct
);

macro_rules! ignored {
    ($($message:ident),*) => { $(
        impl actix::Handler<super::api::$message> for AccountActor {
            type Result = ();
            fn handle(&mut self, _: super::api::$message, _: &mut Context<Self>) {}
        }
    )* };
}
ignored!(SocketEnded, OperatorTypes, VisitorEnded);
