//! The actor behind an operator's socket: it decodes, forwards and encodes, and holds nothing but the door.
//!
//! Calls are done one after the other, in the order in which they came; so their answers come in that order too.

use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;

use actix::{Actor, ActorFutureExt, AsyncContext, Handler, StreamHandler, WrapFuture};
use actix_web_actors::ws::{self, WebsocketContext};
use tokio::sync::mpsc;
use tracing::Instrument as _;

use super::House;
use super::desk::{Desk, Driver};
use super::ending::{Ending, farewell};
use super::frame;
use super::lobby::Hall;
use super::outgoing::Outgoing;
use super::performer::{Performed, Performer, Reader, Who};
use super::reception::{First, Newcomer, first_message};
use crate::actors::api::{Ended, Enter, Entered, OperatorTypes, Pulse, Reply, SocketEnded, SocketId, ToSocket};
use crate::domain::ids::{AccountId, ConversationId, OperatorId};
use crate::domain::news::OperatorNews;
use crate::domain::presence::word::Word;
use crate::domain::refusal::{Refusal, RefusalCode};
use crate::domain::time::Span;
use crate::edge::auth::Credentials;
use crate::edge::limits::{Bucket, Seat};
use crate::office::sessions::{self, Session, UsedBy};
use crate::ports::figures;
use crate::wire::fields::{ClientFrame, FrameId, Refused, bad_frame};
use crate::wire::operator_frames::{OperatorCall, OperatorHello};
use crate::wire::server_frames;

/// One operator's socket, from the upgrade to its end.
pub(super) async fn attend(hall: Rc<Hall>, mut newcomer: Newcomer, credentials: Credentials, seat: Seat) {
    let mut out = Outgoing::default();
    let (first, hello, session) = match receive(&mut newcomer, &hall, &credentials).await {
        Ok(received) => received,
        Err((refused, ending)) => {
            if let Some(Refused { id, refusal }) = refused {
                figures::refused(figures::Door::Operator, server_frames::error_code(refusal.code));
                out.push(frame::text(&server_frames::error(id.as_ref(), &refusal)));
            }
            return farewell(newcomer.io, out, ending).await;
        }
    };
    let limits = hall.house.limits();
    let Some(mark) = hall.house.operators_of.enter(session.account, limits.connections_per_account) else {
        figures::limited("connections_per_account");
        return farewell(newcomer.io, out, Ending::full()).await;
    };
    let now = hall.house.now();
    let (socket, desk) = (hall.house.next_socket(), Desk::new(Pulse::new(now)));
    hall.desks.borrow_mut().insert(socket, Rc::clone(&desk));
    let (hears, input) = mpsc::unbounded_channel();
    let (account, operator) = (session.account, session.operator);
    let actor = OperatorSession::new(socket, session, hello, Rc::clone(&desk), &hall);
    let mut driver = Driver {
        io: newcomer.io,
        out,
        decoder: first.decoder,
        desk: Rc::clone(&desk),
        hall: Rc::clone(&hall),
        says: Box::pin(WebsocketContext::create(actor, incoming(input))),
        hears,
        frames: Bucket::full(2 * limits.frames_per_second, now),
        bytes: Bucket::full(2 * limits.bytes_per_second, now),
        stalled: None,
        resting: None,
    };
    for text in first.more {
        driver.pass_on(&text);
    }
    if hall.house.is_closing() {
        desk.end(Ending::ServerEnds);
    }
    let span = tracing::info_span!("socket", id = socket.0, account = %account, operator = %operator);
    let ending = std::future::poll_fn(|cx| driver.poll_life(cx)).instrument(span).await;
    tracing::debug!(socket = socket.0, ?ending, "an operator's socket ended");
    hall.desks.borrow_mut().remove(&socket);
    let Driver { io, out, says, .. } = driver;
    actix_rt::spawn(finish(hall, says, Leaving { account, operator, socket, desk, ending }));
    drop((seat, mark));
    farewell(io, out, ending).await;
}

/// What is left to be said about a socket that has ended.
struct Leaving {
    account: AccountId,
    operator: OperatorId,
    socket: SocketId,
    desk: Rc<Desk>,
    ending: Ending,
}

/// Lets the actor do what was asked for before the end, and then tells the account how it ended.
async fn finish<S>(hall: Rc<Hall>, mut says: std::pin::Pin<Box<S>>, leaving: Leaving)
where
    S: futures_util::Stream<Item = Result<bytes::Bytes, actix_web::Error>>,
{
    use futures_util::StreamExt;
    // Its input has ended with the driver; it stops after its last call. Nobody hears what it says.
    let done = async { while says.next().await.is_some() {} };
    let _ = tokio::time::timeout(std::time::Duration::from_secs(30), done).await;
    let said_bye = leaving.desk.said_bye();
    let ending = if said_bye { Ending::Bye } else { leaving.ending };
    if let Some(how) = ending.told(leaving.desk.pulse.last(), &*hall.house.config.store) {
        let ended = SocketEnded { socket: leaving.socket, how };
        drop(hall.house.config.accounts.ask(leaving.account, ended).await);
    }
    for conversation in leaving.desk.typed_in() {
        // Nobody types on a socket that is gone. That they are gone has been told, so nobody minds how long this takes.
        let stopped = OperatorTypes { conversation, operator: leaving.operator, on: false };
        drop(hall.house.config.accounts.ask(leaving.account, stopped).await);
    }
}

/// What the driver passes on, as the stream that the actor's context wants.
fn incoming(
    mut heard: mpsc::UnboundedReceiver<bytes::Bytes>,
) -> impl futures_util::Stream<Item = Result<bytes::Bytes, actix_web::error::PayloadError>> {
    futures_util::stream::poll_fn(move |cx| heard.poll_recv(cx).map(|bytes| bytes.map(Ok)))
}

type Received = (First, Word<ClientFrame<OperatorHello>>, Session);

async fn receive(
    newcomer: &mut Newcomer,
    hall: &Rc<Hall>,
    credentials: &Credentials,
) -> Result<Received, (Option<Refused>, Ending)> {
    let first = first_message(newcomer, hall).await.map_err(|ending| (None, ending))?;
    let at = hall.house.now();
    let wrong = |refused| (Some(refused), Ending::unauthenticated("the first frame is a hello"));
    let hello = match OperatorCall::decode(&first.hello) {
        Ok(ClientFrame { id, call: OperatorCall::Hello(hello) }) => ClientFrame { id, call: *hello },
        Ok(ClientFrame { id, .. }) => {
            return Err(wrong(Refused { id, refusal: bad_frame("the first frame is a hello") }));
        }
        Err(refused) => return Err(wrong(refused)),
    };
    let token = hello.call.token.as_deref().or_else(|| credentials.token()).unwrap_or_default();
    let refusal = match sessions::find(&hall.house.config.store, token).await {
        Ok(Some(session)) => return Ok((first, Word { what: hello, at }, session)),
        Ok(None) => Refusal::new(RefusalCode::Unauthorized, "no session has this token"),
        Err(refusal) => refusal,
    };
    let ending = Ending::of_refused_hello(&refusal);
    Err((Some(Refused { id: hello.id, refusal }), ending))
}

/// How far the socket has come.
enum Phase {
    /// Its account is asked to let it in; what it is told meanwhile waits for the welcome.
    Entering(Vec<Arc<OperatorNews>>),
    /// It was welcomed.
    Seated(Reader),
}

/// What the actor is doing for the operator right now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hands {
    /// Nothing.
    Free,
    /// A call is under way.
    Full,
}

/// The actor of one operator's socket.
struct OperatorSession {
    who: Who,
    session: Session,
    hello: Word<ClientFrame<OperatorHello>>,
    house: Arc<House>,
    desk: Rc<Desk>,
    phase: Phase,
    /// What was said, and waits until its turn comes.
    calls: VecDeque<Word<ClientFrame<OperatorCall>>>,
    hands: Hands,
    hearing: Hearing,
    malformed: Bucket,
    /// The conversation that is being opened, and its messages that came meanwhile: the answer goes before them.
    opening: Option<(ConversationId, Vec<Arc<OperatorNews>>)>,
}

/// Whether more may be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hearing {
    /// It may.
    Open,
    /// The socket has ended: what was said before is done, and then the actor stops.
    Over,
}

type Ctx = WebsocketContext<OperatorSession>;

impl OperatorSession {
    fn new(
        socket: SocketId,
        session: Session,
        hello: Word<ClientFrame<OperatorHello>>,
        desk: Rc<Desk>,
        hall: &Rc<Hall>,
    ) -> Self {
        Self {
            who: Who { socket, account: session.account, operator: session.operator },
            session,
            hello,
            house: Arc::clone(&hall.house),
            desk,
            phase: Phase::Entering(Vec::new()),
            calls: VecDeque::new(),
            hands: Hands::Full,
            hearing: Hearing::Open,
            malformed: Bucket::full(hall.house.limits().malformed_frames_per_minute, hall.house.now()),
            opening: None,
        }
    }

    fn enter(&mut self, ctx: &mut Ctx) {
        let Word { what: ClientFrame { call: hello, .. }, at } = &self.hello;
        let enter = Enter {
            socket: self.who.socket,
            operator: self.who.operator,
            session: self.session.id,
            device: hello.device.clone(),
            kind: hello.kind,
            name: hello.name.clone(),
            state: hello.state.map(|what| Word { what, at: *at }),
            outlet: ctx.address().recipient(),
            pulse: self.desk.pulse.clone(),
        };
        let (house, account, session) = (Arc::clone(&self.house), self.who.account, self.session.clone());
        let used_by = UsedBy { id: enter.device.clone(), kind: enter.kind, name: enter.name.clone() };
        let asked = async move {
            let store = &house.config.store;
            sessions::used_by(store, &session, &used_by).await?;
            let entered = house.config.accounts.ask(account, enter).await?;
            // A log-in that was ended meanwhile lets nobody in, whichever of the two came first.
            let ended = || Refusal::new(RefusalCode::Unauthorized, "the session has ended");
            sessions::lives(store, &session).await?.then_some(entered).ok_or_else(ended)
        };
        ctx.spawn(asked.into_actor(self).map(|entered, session, ctx| session.on_entered(entered, ctx)));
    }

    fn on_entered(&mut self, entered: Reply<Entered>, ctx: &mut Ctx) {
        let entered = match entered {
            Ok(entered) => entered,
            Err(refusal) => {
                ctx.text(server_frames::error(self.hello.what.id.as_ref(), &refusal));
                // One whose log-in ended under way is out at once, as if it had been in before.
                let is_out = refusal.code == RefusalCode::Unauthorized;
                return self.desk.end(if is_out { Ending::Revoked } else { Ending::of_refused_hello(&refusal) });
            }
        };
        let reader = Reader::of(Arc::clone(&entered.account), &self.who, self.house.config.sentences.clone());
        let welcome = server_frames::OperatorWelcome {
            operator: &entered.operator,
            account: &entered.account,
            chat: &entered.chat,
            operators: &entered.operators,
            devices: &entered.devices,
            counts: entered.counts,
            notices: &entered.notices,
            conversations: &entered.conversations,
            heartbeat: self.house.limits().heartbeat,
        };
        ctx.text(reader.spell(|voice| server_frames::operator_welcome(&welcome, &self.house.config.delays, voice)));
        if let Phase::Entering(held) = std::mem::replace(&mut self.phase, Phase::Seated(reader)) {
            for news in &held {
                self.tell(news, ctx);
            }
        }
        self.hands = Hands::Free;
        self.next_call(ctx);
    }

    fn tell(&mut self, news: &Arc<OperatorNews>, ctx: &mut Ctx) {
        if let (OperatorNews::Message { conversation, .. }, Some((opening, held))) = (&**news, &mut self.opening)
            && conversation == opening
        {
            return held.push(Arc::clone(news));
        }
        match &mut self.phase {
            Phase::Entering(held) => held.push(Arc::clone(news)),
            Phase::Seated(reader) => {
                if let OperatorNews::Settings(account) = &**news {
                    *reader = Reader::of(Arc::clone(account), &self.who, reader.sentences.clone());
                }
                let delays = &self.house.config.delays;
                ctx.text(reader.spell(|voice| server_frames::operator_news(news, delays, voice)));
            }
        }
    }

    fn on_text(&mut self, text: &str, ctx: &mut Ctx) {
        match OperatorCall::decode(text) {
            Ok(ClientFrame { id, call: OperatorCall::Ping }) => {
                ctx.text(server_frames::PONG);
                self.answer(id.as_ref().map(server_frames::ack), ctx);
            }
            Ok(ClientFrame { id, call: OperatorCall::Hello(_) }) => {
                self.refuse(id.as_ref(), &bad_frame("the hello has been said"), ctx);
            }
            Ok(call) => {
                self.calls.push_back(Word { what: call, at: self.house.now() });
                self.next_call(ctx);
            }
            Err(refused) => self.refuse(refused.id.as_ref(), &refused.refusal, ctx),
        }
    }

    fn answer(&mut self, answer: Option<String>, ctx: &mut Ctx) {
        if let Some(answer) = answer {
            ctx.text(answer);
        }
        self.desk.answered();
    }

    fn refuse(&mut self, id: Option<&FrameId>, refusal: &Refusal, ctx: &mut Ctx) {
        figures::refused(figures::Door::Operator, server_frames::error_code(refusal.code));
        self.answer(Some(server_frames::error(id, refusal)), ctx);
        let (now, minute) = (self.house.now(), Span::from_secs(60));
        let limit = self.house.limits().malformed_frames_per_minute;
        if refusal.code == RefusalCode::BadFrame && self.malformed.take(1, limit, limit, minute, now).is_err() {
            figures::limited("malformed_frames_per_minute");
            self.desk.end(Ending::too_many_frames());
        }
    }

    /// Takes up the next call, if the hands are free for it.
    fn next_call(&mut self, ctx: &mut Ctx) {
        use actix::ActorContext;
        let Phase::Seated(reader) = &self.phase else { return };
        if self.hands == Hands::Full {
            return;
        }
        let Some(Word { what: ClientFrame { id, call }, at }) = self.calls.pop_front() else {
            if self.hearing == Hearing::Over {
                ctx.stop();
            }
            return;
        };
        if call == OperatorCall::Bye {
            return self.leave(id, ctx);
        }
        self.hands = Hands::Full;
        let performer = Performer { house: Arc::clone(&self.house), who: self.who.clone(), reader: reader.clone() };
        let typing = match &call {
            OperatorCall::Typing { conversation, on } => Some((*conversation, *on)),
            _ => None,
        };
        if let OperatorCall::Open { conversation, .. } = &call {
            self.opening = Some((*conversation, Vec::new()));
        }
        let doing = async move {
            let done = performer.perform(id.as_ref(), Word { what: call, at }).await;
            (id, done)
        };
        ctx.spawn(doing.into_actor(self).map(move |(id, done), session, ctx| {
            let told_to = match done {
                Ok(Performed { answer, told_to }) => {
                    if let Some((conversation, on)) = typing {
                        session.desk.note_typing(conversation, on);
                    }
                    session.answer(answer, ctx);
                    told_to
                }
                Err(refusal) => {
                    session.refuse(id.as_ref(), &refusal, ctx);
                    0
                }
            };
            session.tell_what_was_held(told_to, ctx);
            session.hands = Hands::Free;
            session.next_call(ctx);
        }));
    }

    /// The conversation is open: what came meanwhile and does not stand in the answer, which goes up to `told_to`.
    fn tell_what_was_held(&mut self, told_to: u64, ctx: &mut Ctx) {
        let Some((_, held)) = self.opening.take() else { return };
        for news in held {
            if !matches!(&*news, OperatorNews::Message { message, .. } if message.seq <= told_to) {
                self.tell(&news, ctx);
            }
        }
    }

    /// The client said bye: what it asked for before is done, and this is acknowledged once it is durable (rule P4).
    fn leave(&mut self, id: Option<FrameId>, ctx: &mut Ctx) {
        self.hands = Hands::Full;
        self.calls.clear();
        self.desk.note_bye();
        let (house, who) = (Arc::clone(&self.house), self.who.clone());
        let ended = SocketEnded { socket: who.socket, how: Ended::Bye };
        let left = async move { house.config.accounts.ask(who.account, ended).await };
        ctx.spawn(left.into_actor(self).map(move |left, session, ctx| {
            let answer = |id: &FrameId| match &left {
                Ok(()) => server_frames::ack(id),
                Err(refusal) => server_frames::error(Some(id), refusal),
            };
            session.answer(id.as_ref().map(answer), ctx);
            session.desk.end(Ending::Bye);
        }));
    }

    /// Pings, and looks whether the last ones were answered: a silence of two heartbeats is a break.
    fn beat(&mut self, ctx: &mut Ctx) {
        let heartbeat = self.house.limits().heartbeat;
        let silence = if self.desk.is_busy() { Span(0) } else { self.house.now() - self.desk.pulse.last() };
        if silence.0 >= 2 * heartbeat.0 {
            return self.desk.end(Ending::Vanished);
        }
        ctx.ping(b"");
        let next = heartbeat.min(Span(2 * heartbeat.0 - silence.0));
        ctx.run_later(next.to_duration(), Self::beat);
    }
}

impl Actor for OperatorSession {
    type Context = Ctx;

    fn started(&mut self, ctx: &mut Ctx) {
        ctx.set_mailbox_capacity(1_024);
        ctx.run_later(self.house.limits().heartbeat.to_duration(), Self::beat);
        self.enter(ctx);
    }
}

impl Handler<ToSocket> for OperatorSession {
    type Result = ();

    fn handle(&mut self, message: ToSocket, ctx: &mut Ctx) {
        match message {
            ToSocket::News(news) => self.tell(&news, ctx),
            ToSocket::Revoked => self.desk.end(Ending::Revoked),
            ToSocket::Prove => ctx.ping(b""),
        }
    }
}

impl StreamHandler<Result<ws::Message, ws::ProtocolError>> for OperatorSession {
    fn handle(&mut self, heard: Result<ws::Message, ws::ProtocolError>, ctx: &mut Ctx) {
        // The driver has taken frames apart and answered those of the protocol itself; whole texts are left.
        match heard {
            Ok(ws::Message::Text(text)) => self.on_text(&text, ctx),
            Ok(_) => {}
            Err(error) => {
                tracing::error!(%error, "a decoded text was not understood as a frame");
                self.desk.end(Ending::full());
            }
        }
    }

    fn finished(&mut self, ctx: &mut Ctx) {
        use actix::ActorContext;
        self.hearing = Hearing::Over;
        match self.phase {
            Phase::Entering(_) => ctx.stop(),
            Phase::Seated(_) => self.next_call(ctx),
        }
    }
}
