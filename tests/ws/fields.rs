//! Every frame of clients, from the tables of the protocol: good, with each field missing, with each of a wrong type.

use doorbell::actors::api::AskConversations;
use doorbell::domain::conversation::view::ConversationView;
use doorbell::domain::ids::ConversationId;
use doorbell::wire::operator_frames::OperatorCall;
use doorbell::wire::visitor_frames::VisitorCall;
use serde_json::{Value, json};

use super::world::{Peer, World, calm};

/// What a field holds.
#[derive(Clone, Copy)]
enum Holds {
    Text,
    Whole,
    Flag,
    Object,
}

impl Holds {
    fn wrong_values(self) -> Vec<Value> {
        match self {
            Self::Text => vec![json!(5), json!(true), json!([]), json!({})],
            Self::Whole => vec![json!("1"), json!(-1), json!(1.5), json!(1e99), json!(true), json!([]), json!({})],
            Self::Flag => vec![json!("yes"), json!(1), json!([]), json!({})],
            Self::Object => vec![json!("x"), json!(1), json!(true), json!([])],
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    Must,
    May,
}

use Holds::{Flag, Object, Text, Whole};
use Need::{May, Must};

/// A type of frame and its fields.
type Row = (&'static str, &'static [(&'static str, Holds, Need)]);

const OF_OPERATORS: [Row; 13] = [
    ("hello", &[("token", Text, May), ("device", Object, Must), ("state", Text, May)]),
    ("presence", &[("state", Text, Must)]),
    ("appear_offline", &[("on", Flag, Must)]),
    ("open", &[("conversation", Text, Must), ("after", Whole, May), ("peek", Flag, May)]),
    ("read", &[("conversation", Text, Must), ("seq", Whole, Must)]),
    ("join", &[("conversation", Text, Must)]),
    ("leave", &[("conversation", Text, Must)]),
    ("close", &[("conversation", Text, Must)]),
    ("message", &[("conversation", Text, Must), ("text", Text, Must), ("client_id", Text, Must)]),
    ("typing", &[("conversation", Text, Must), ("on", Flag, Must)]),
    ("transfer", &[("conversation", Text, Must), ("operator", Text, Must), ("group", Text, May)]),
    ("bye", &[]),
    ("ping", &[]),
];

const OF_VISITORS: [Row; 10] = [
    (
        "hello",
        &[
            ("key", Text, Must),
            ("visitor", Text, May),
            ("group", Text, May),
            ("page", Object, May),
            ("after", Whole, May),
            ("locale", Text, May),
        ],
    ),
    ("message", &[("text", Text, Must), ("client_id", Text, Must)]),
    ("identify", &[("name", Text, May), ("email", Text, May)]),
    ("page", &[("url", Text, Must), ("title", Text, May)]),
    ("typing", &[("on", Flag, Must)]),
    ("read", &[("seq", Whole, Must)]),
    ("history", &[("before", Whole, Must), ("limit", Whole, May)]),
    ("group", &[("group", Text, May)]),
    ("bye", &[]),
    ("ping", &[]),
];

#[test]
fn the_tables_hold_every_frame() {
    assert_eq!(OF_OPERATORS.map(|(kind, _)| kind), OperatorCall::TYPES);
    assert_eq!(OF_VISITORS.map(|(kind, _)| kind), VisitorCall::TYPES);
}

/// The frame's broken forms.
fn broken(good: &Value, fields: &[(&str, Holds, Need)]) -> Vec<Value> {
    let mut all = Vec::new();
    for (name, holds, need) in fields {
        let mut with = |value: Option<Value>| {
            let mut frame = good.clone();
            let map = frame.as_object_mut().unwrap();
            match value {
                Some(value) => map.insert((*name).into(), value),
                None => map.remove(*name),
            };
            all.push(frame);
        };
        if *need == Must {
            with(None);
            with(Some(Value::Null));
        }
        holds.wrong_values().into_iter().for_each(|value| with(Some(value)));
    }
    all
}

/// A peer that is replaced before it has said too much that is malformed.
struct Clumsy<'w> {
    world: &'w World,
    path: &'static str,
    visitor: Value,
    peer: Peer,
    said: usize,
}

impl<'w> Clumsy<'w> {
    async fn operator(world: &'w World) -> Self {
        let (peer, _) = world.operator("clumsy").await;
        Self { world, path: "/ws/operator", visitor: Value::Null, peer, said: 0 }
    }

    async fn visitor(world: &'w World) -> Self {
        let (peer, welcome) = world.visitor().await;
        Self { world, path: "/ws/visitor", visitor: welcome["visitor"]["token"].clone(), peer, said: 0 }
    }

    async fn is_refused(&mut self, frame: Value) {
        self.said += 1;
        if self.said > 9 {
            self.said = 1;
            self.peer = if self.path == "/ws/operator" {
                self.world.operator("clumsy").await.0
            } else {
                let mut peer = self.world.connect(self.path).await;
                peer.tell(json!({"type": "hello", "key": self.world.known.key, "visitor": self.visitor})).await;
                peer.next_of("welcome").await;
                peer
            };
        }
        let answer = self.peer.ask(frame.clone()).await;
        assert_eq!((&answer["type"], &answer["code"]), (&"error".into(), &"bad_frame".into()), "{frame}: {answer}");
    }
}

async fn view(world: &World, conversation: &Value) -> ConversationView {
    let id: ConversationId = conversation.as_str().unwrap().parse().expect("an id");
    let views = world.known.accounts.ask(world.known.account, AskConversations(vec![id])).await.unwrap();
    ConversationView::clone(&views[0])
}

#[actix_rt::test]
async fn what_operators_say() {
    let world = World::start(calm());
    let (mut visitor, _) = world.visitor().await;
    let said = visitor.ask(json!({"type": "message", "text": "Hello?", "client_id": "1"})).await;
    let conversation = &said["conversation"];
    let (mut operator, welcome) = world.operator("desk").await;
    let me = &welcome["operator"]["id"];
    let good = |kind: &str| match kind {
        "presence" => json!({"type": kind, "state": "online"}),
        "appear_offline" => json!({"type": kind, "on": false}),
        "open" => json!({"type": kind, "conversation": conversation, "after": 0, "peek": true}),
        "read" => json!({"type": kind, "conversation": conversation, "seq": 1}),
        "message" => json!({"type": kind, "conversation": conversation, "text": "Good day", "client_id": "2"}),
        "typing" => json!({"type": kind, "conversation": conversation, "on": true}),
        "transfer" => json!({"type": kind, "conversation": conversation, "operator": me}),
        "join" | "leave" | "close" => json!({"type": kind, "conversation": conversation}),
        _ => json!({"type": kind}),
    };
    let mut clumsy = Clumsy::operator(&world).await;
    let before = view(&world, conversation).await;
    for (kind, fields) in OF_OPERATORS.iter().filter(|(kind, _)| *kind != "hello") {
        for frame in broken(&good(kind), fields) {
            clumsy.is_refused(frame).await;
        }
    }
    clumsy.is_refused(json!({"type": "transfer", "conversation": conversation, "operator": me, "group": me})).await;
    clumsy.is_refused(json!({"type": "hello", "device": {"id": "desk", "kind": "dashboard"}})).await;
    assert_eq!(view(&world, conversation).await, before, "what is refused changes nothing");
    for (kind, _) in OF_OPERATORS.iter().filter(|(kind, _)| !["hello", "bye"].contains(kind)) {
        let answer = operator.ask(good(kind)).await;
        assert_eq!(answer["type"], "ack", "{kind}: {answer}");
    }
    assert_eq!(operator.ask(good("bye")).await["type"], "ack");
    assert_eq!(operator.end().await.1, 1000);
}

#[actix_rt::test]
async fn what_visitors_say() {
    let world = World::start(calm());
    let good = |kind: &str| match kind {
        "message" => json!({"type": kind, "text": "Hello?", "client_id": "1"}),
        "identify" => json!({"type": kind, "name": "Eva", "email": "eva@example.com"}),
        "page" => json!({"type": kind, "url": "https://shop.example/basket", "title": "Basket"}),
        "typing" => json!({"type": kind, "on": true}),
        "read" => json!({"type": kind, "seq": 1}),
        "history" => json!({"type": kind, "before": 9, "limit": 5}),
        "group" => json!({"type": kind, "group": "of no group"}),
        _ => json!({"type": kind}),
    };
    let mut clumsy = Clumsy::visitor(&world).await;
    for (kind, fields) in OF_VISITORS.iter().filter(|(kind, _)| *kind != "hello") {
        for frame in broken(&good(kind), fields) {
            clumsy.is_refused(frame).await;
        }
    }
    clumsy.is_refused(json!({"type": "hello", "key": world.known.key})).await;
    for limit in [0, 101] {
        clumsy.is_refused(json!({"type": "history", "before": 9, "limit": limit})).await;
    }
    let (mut visitor, _) = world.visitor().await;
    for (kind, _) in OF_VISITORS.iter().filter(|(kind, _)| !["hello", "bye"].contains(kind)) {
        let answer = visitor.ask(good(kind)).await;
        assert_eq!(answer["type"], "ack", "{kind}: {answer}");
    }
    assert_eq!(visitor.ask(good("bye")).await["type"], "ack");
    assert_eq!(visitor.end().await.1, 1000);
}

#[actix_rt::test]
async fn a_hello_that_is_none_is_refused_under_its_name_and_4001() {
    let world = World::start(calm());
    let device = json!({"id": "desk", "kind": "dashboard", "name": "Desk"});
    let operator = json!({"type": "hello", "id": "h", "token": world.known.token, "device": device, "state": "online"});
    let page = json!({"url": "https://shop.example/", "title": "Shop"});
    let visitor = json!({"type": "hello", "id": "h", "key": world.known.key, "page": page});
    let mut cases: Vec<(&str, Value)> = Vec::new();
    cases.extend(broken(&operator, OF_OPERATORS[0].1).into_iter().map(|frame| ("/ws/operator", frame)));
    cases.extend(broken(&visitor, OF_VISITORS[0].1).into_iter().map(|frame| ("/ws/visitor", frame)));
    for (within, fields, good) in [("device", [("id", Must), ("kind", Must), ("name", May)].as_slice(), &operator)] {
        for (name, need) in fields {
            for inner in broken(&good[within], &[(name, Text, *need)]) {
                let mut frame = good.clone();
                frame[within] = inner;
                cases.push(("/ws/operator", frame));
            }
        }
    }
    for inner in broken(&page, &[("url", Text, Must), ("title", Text, May)]) {
        let mut frame = visitor.clone();
        frame["page"] = inner;
        cases.push(("/ws/visitor", frame));
    }
    for (path, frame) in cases {
        let mut peer = world.connect(path).await;
        peer.tell(frame.clone()).await;
        let (texts, code) = peer.end().await;
        assert_eq!((code, &texts[0]["code"], &texts[0]["id"]), (4001, &"bad_frame".into(), &"h".into()), "{frame}");
    }
}

#[actix_rt::test]
async fn what_is_no_frame_at_all_is_a_bad_frame_and_changes_nothing() {
    let world = World::start(calm());
    let (mut operator, _) = world.operator("desk").await;
    let (mut visitor, _) = world.visitor().await;
    let deep = format!(r#"{{"type":"ping","x":{}1{}}}"#, "[".repeat(10_000), "]".repeat(10_000));
    for peer in [&mut operator, &mut visitor] {
        for text in ["", "{", "[]", "null", "{}", &deep, r#"{"type":"no_such"}"#] {
            peer.say(text).await;
            assert_eq!(peer.next_error().await, "bad_frame", "{text:.40}");
        }
        peer.send(tokio_tungstenite::tungstenite::Message::binary(br#"{"type":"ping"}"#.to_vec())).await;
        assert_eq!(peer.next_error().await, "bad_frame", "binary");
        assert_eq!(peer.ask(json!({"type": "ping"})).await["type"], "ack");
    }
}
