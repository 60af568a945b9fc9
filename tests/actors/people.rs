//! Who lives in the house, and ears that remember what they were told.

use std::cell::RefCell;
use std::rc::Rc;

use actix::{Actor, Context, Handler};
use doorbell::actors::api::*;
use doorbell::domain::account::{Group, Operator, Role, Switch};
use doorbell::domain::ids::{ConversationId, GroupId, NodeId, OperatorId, VisitorId};
use doorbell::domain::time::{Span, Timestamp};
use uuid::Uuid;

/// What a socket or lobby was told.
pub struct Heard<T>(pub Rc<RefCell<Vec<T>>>);

impl<T> Clone for Heard<T> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<T: Clone> Heard<T> {
    pub fn all(&self) -> Vec<T> {
        self.0.borrow().clone()
    }

    pub fn clear(&self) {
        self.0.borrow_mut().clear();
    }
}

/// An actor that only listens.
pub struct Ear<T>(pub Heard<T>);

impl<T: Unpin + 'static> Actor for Ear<T> {
    type Context = Context<Self>;
}

impl Handler<ToSocket> for Ear<ToSocket> {
    type Result = ();

    fn handle(&mut self, told: ToSocket, _: &mut Self::Context) {
        self.0.0.borrow_mut().push(told);
    }
}

impl Handler<ToLobby> for Ear<ToLobby> {
    type Result = ();

    fn handle(&mut self, told: ToLobby, _: &mut Self::Context) {
        self.0.0.borrow_mut().push(told);
    }
}

/// An operator's socket.
#[derive(Clone)]
pub struct Plug {
    pub socket: SocketId,
    pub pulse: Pulse,
    pub heard: Heard<ToSocket>,
}

/// A visitor, and their newest socket.
#[derive(Clone, Copy, Debug)]
pub struct Guest {
    pub id: VisitorId,
    pub slot: SlotId,
}

impl Guest {
    pub fn conversation(&self) -> ConversationId {
        ConversationId(self.id.0)
    }
}

/// An id that is the same in every run.
pub fn uuid(number: u64) -> Uuid {
    Uuid::from_u64_pair(0x0197_0000_0000_7000, 0x8000_0000_0000_0000 | number)
}

/// The name of a node that begins at this time.
pub fn node_id(number: u64, at: Timestamp) -> NodeId {
    let mut random = [0; 10];
    random[2..].copy_from_slice(&number.to_be_bytes());
    let ms = u64::try_from(at.0).unwrap();
    NodeId(uuid::Builder::from_unix_timestamp_millis(ms, &random).into_uuid())
}

pub fn operator(number: u64, name: &str, at: Timestamp) -> Operator {
    Operator {
        id: OperatorId(uuid(number)),
        name: name.to_owned(),
        email: format!("{}@example.com", name.to_lowercase()),
        role: Role::Admin,
        active: true,
        locale: None,
        offline: Switch::On,
        missed: Switch::On,
        created_at: at + Span(number as i64),
    }
}

pub fn group(number: u64, name: &str, operators: &[OperatorId]) -> Group {
    Group { id: GroupId(uuid(number)), name: name.to_owned(), operators: operators.to_vec() }
}

/// A visitor's message.
pub fn write(text: &str, client_id: &str) -> VisitorDeed {
    VisitorDeed::Write { text: text.to_owned(), client_id: client_id.to_owned(), group: None, page: None }
}

/// An operator's message.
pub fn reply(text: &str) -> Deed {
    Deed::Write { text: text.to_owned(), client_id: text.to_owned() }
}
