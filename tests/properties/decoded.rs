//! What is encoded is decoded equal.

use std::ops::ControlFlow;

use doorbell::domain::account::Locale;
use doorbell::domain::conversation::view::Page;
use doorbell::domain::ids::{ConversationId, DeviceId, GroupId, LetterId, OperatorId};
use doorbell::domain::presence::status::{DeviceKind, Status};
use doorbell::domain::time::Timestamp;
use doorbell::edge::http::query::{Query, cursor};
use doorbell::edge::ws::frame::{self, Decoder, Incoming};
use doorbell::wire::fields::FrameId;
use doorbell::wire::operator_frames::{Look, OperatorCall, OperatorHello, Receiver};
use doorbell::wire::visitor_frames::{VisitorCall, VisitorHello};
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

fn uuid() -> impl Strategy<Value = Uuid> {
    any::<u128>().prop_map(Uuid::from_u128)
}

fn seq() -> impl Strategy<Value = u64> {
    prop_oneof![0..100_u64, Just(i64::MAX as u64)]
}

fn message() -> impl Strategy<Value = (String, String)> {
    (".{1,80}", "[ -~]{1,64}")
}

fn page() -> impl Strategy<Value = Page> {
    (".{0,60}", proptest::option::of(".{0,60}")).prop_map(|(url, title)| Page { url, title })
}

fn visitor_calls() -> impl Strategy<Value = VisitorCall> {
    let locale = proptest::option::of(prop_oneof![Just(Locale::Cs), Just(Locale::En)]);
    let token = proptest::option::of(".{0,40}");
    let hello = (".{0,40}", token, proptest::option::of(uuid()), proptest::option::of(page()), seq(), locale);
    prop_oneof![
        hello.prop_map(|(key, visitor, group, page, after, locale)| {
            let group = group.map(GroupId);
            VisitorCall::Hello(Box::new(VisitorHello { key, visitor, group, page, after, locale }))
        }),
        message().prop_map(|(text, client_id)| VisitorCall::Message { text, client_id }),
        (proptest::option::of(".{0,60}"), proptest::option::of("[a-z.]{1,20}@[a-z.]{1,20}"))
            .prop_map(|(name, email)| VisitorCall::Identify { name, email }),
        page().prop_map(VisitorCall::Page),
        any::<bool>().prop_map(VisitorCall::Typing),
        seq().prop_map(|seq| VisitorCall::Read { seq }),
        (seq(), 1..=100_usize).prop_map(|(before, limit)| VisitorCall::History { before, limit }),
        proptest::option::of(uuid()).prop_map(|group| VisitorCall::Group(group.map(GroupId))),
        Just(VisitorCall::Bye),
        Just(VisitorCall::Ping),
    ]
}

fn page_of(page: &Page) -> Value {
    json!({ "url": page.url, "title": page.title })
}

fn visitor_json(call: &VisitorCall) -> Value {
    match call {
        VisitorCall::Hello(hello) => json!({
            "type": "hello", "key": hello.key, "visitor": hello.visitor, "group": hello.group.map(|id| id.to_string()),
            "page": hello.page.as_ref().map(page_of), "after": hello.after, "locale": hello.locale.map(|locale| match locale {
                Locale::Cs => "cs-CZ",
                Locale::En => "en",
            }),
        }),
        VisitorCall::Message { text, client_id } => json!({ "type": "message", "text": text, "client_id": client_id }),
        VisitorCall::Identify { name, email } => json!({ "type": "identify", "name": name, "email": email }),
        VisitorCall::Page(page) => json!({ "type": "page", "url": page.url, "title": page.title }),
        VisitorCall::Typing(on) => json!({ "type": "typing", "on": on }),
        VisitorCall::Read { seq } => json!({ "type": "read", "seq": seq }),
        VisitorCall::History { before, limit } => json!({ "type": "history", "before": before, "limit": limit }),
        VisitorCall::Group(group) => json!({ "type": "group", "group": group.map(|id| id.to_string()) }),
        VisitorCall::Bye => json!({ "type": "bye" }),
        VisitorCall::Ping => json!({ "type": "ping" }),
    }
}

fn statuses() -> impl Strategy<Value = Status> {
    prop_oneof![Just(Status::Online), Just(Status::Away), Just(Status::Offline)]
}

fn operator_calls() -> impl Strategy<Value = OperatorCall> {
    let conversation = || uuid().prop_map(ConversationId);
    let kind = prop_oneof![Just(DeviceKind::Dashboard), Just(DeviceKind::Mobile)];
    let name = proptest::option::of(".{0,60}");
    let hello = (proptest::option::of(".{0,40}"), "[ -~]{1,128}", kind, name, proptest::option::of(statuses()));
    let look = prop_oneof![Just(Look::Seeing), Just(Look::Peeking)];
    let receiver = prop_oneof![
        uuid().prop_map(|id| Receiver::Operator(OperatorId(id))),
        uuid().prop_map(|id| Receiver::Group(GroupId(id))),
    ];
    prop_oneof![
        hello.prop_map(|(token, device, kind, name, state)| {
            OperatorCall::Hello(Box::new(OperatorHello { token, device: DeviceId(device), kind, name, state }))
        }),
        statuses().prop_map(OperatorCall::Presence),
        any::<bool>().prop_map(OperatorCall::AppearOffline),
        (conversation(), proptest::option::of(seq()), look)
            .prop_map(|(conversation, after, look)| OperatorCall::Open { conversation, after, look }),
        (conversation(), seq()).prop_map(|(conversation, seq)| OperatorCall::Read { conversation, seq }),
        conversation().prop_map(OperatorCall::Join),
        conversation().prop_map(OperatorCall::Leave),
        conversation().prop_map(OperatorCall::Close),
        (conversation(), message()).prop_map(|(conversation, (text, client_id))| OperatorCall::Message {
            conversation,
            text,
            client_id
        }),
        (conversation(), any::<bool>()).prop_map(|(conversation, on)| OperatorCall::Typing { conversation, on }),
        (conversation(), receiver).prop_map(|(conversation, to)| OperatorCall::Transfer { conversation, to }),
        Just(OperatorCall::Bye),
        Just(OperatorCall::Ping),
    ]
}

fn state_of(status: Status) -> &'static str {
    match status {
        Status::Online => "online",
        Status::Away => "away",
        Status::Offline => "offline",
    }
}

fn operator_json(call: &OperatorCall) -> Value {
    let about =
        |kind: &str, conversation: &ConversationId| json!({ "type": kind, "conversation": conversation.to_string() });
    let with = |mut frame: Value, name: &str, value: Value| {
        frame[name] = value;
        frame
    };
    match call {
        OperatorCall::Hello(hello) => json!({
            "type": "hello", "token": hello.token, "state": hello.state.map(state_of),
            "device": { "id": hello.device.0, "name": hello.name, "kind": match hello.kind {
                DeviceKind::Dashboard => "dashboard",
                DeviceKind::Mobile => "mobile",
            } },
        }),
        OperatorCall::Presence(state) => json!({ "type": "presence", "state": state_of(*state) }),
        OperatorCall::AppearOffline(on) => json!({ "type": "appear_offline", "on": on }),
        OperatorCall::Open { conversation, after, look } => {
            let frame = with(about("open", conversation), "after", json!(after));
            with(frame, "peek", json!(*look == Look::Peeking))
        }
        OperatorCall::Read { conversation, seq } => with(about("read", conversation), "seq", json!(seq)),
        OperatorCall::Join(conversation) => about("join", conversation),
        OperatorCall::Leave(conversation) => about("leave", conversation),
        OperatorCall::Close(conversation) => about("close", conversation),
        OperatorCall::Message { conversation, text, client_id } => {
            with(with(about("message", conversation), "text", json!(text)), "client_id", json!(client_id))
        }
        OperatorCall::Typing { conversation, on } => with(about("typing", conversation), "on", json!(on)),
        OperatorCall::Transfer { conversation, to: Receiver::Operator(id) } => {
            with(about("transfer", conversation), "operator", json!(id.to_string()))
        }
        OperatorCall::Transfer { conversation, to: Receiver::Group(id) } => {
            with(about("transfer", conversation), "group", json!(id.to_string()))
        }
        OperatorCall::Bye => json!({ "type": "bye" }),
        OperatorCall::Ping => json!({ "type": "ping" }),
    }
}

/// What one whole message is.
fn told(bytes: &[u8]) -> Option<String> {
    let mut text = None;
    let fed = Decoder::new(1 << 20).feed(&mut bytes.to_vec(), |incoming| {
        if let Incoming::Text(said) = incoming {
            text = Some(said.to_owned());
        }
        ControlFlow::Continue(())
    });
    fed.ok().and(text)
}

proptest! {
    #[test]
    fn what_a_visitor_says_is_understood(call in visitor_calls(), id in proptest::option::of(".{1,64}")) {
        let mut frame = visitor_json(&call);
        if let Some(id) = &id {
            frame["id"] = json!(id);
        }
        let decoded = VisitorCall::decode(&frame.to_string());
        let decoded = decoded.map_err(|refused| TestCaseError::fail(format!("{refused:?}")))?;
        prop_assert_eq!(decoded.call, call);
        prop_assert_eq!(decoded.id, id.map(|id| FrameId(id.into())));
    }

    #[test]
    fn what_an_operator_says_is_understood(call in operator_calls(), id in proptest::option::of(".{1,64}")) {
        let mut frame = operator_json(&call);
        if let Some(id) = &id {
            frame["id"] = json!(id);
        }
        let decoded = OperatorCall::decode(&frame.to_string());
        let decoded = decoded.map_err(|refused| TestCaseError::fail(format!("{refused:?}")))?;
        prop_assert_eq!(decoded.call, call);
        prop_assert_eq!(decoded.id, id.map(|id| FrameId(id.into())));
    }

    #[test]
    fn a_text_of_any_length_is_framed_and_read_again(text in prop_oneof![".{0,200}", "[a-zř🐴]{20000,30000}"]) {
        prop_assert_eq!(told(&frame::as_client_text(&text)), Some(text));
    }

    #[test]
    fn a_place_has_a_cursor_that_leads_back(at in any::<i64>(), id in uuid(), operator in uuid(), episode in any::<u32>()) {
        let place = (Timestamp(at), ConversationId(id));
        let query = Query::parse(&format!("cursor={}", cursor(&place))).unwrap();
        prop_assert_eq!(query.cursor().unwrap(), Some(place));
        let place = (Timestamp(at), LetterId { conversation: ConversationId(id), episode, operator: OperatorId(operator) });
        let query = Query::parse(&format!("cursor={}", cursor(&place))).unwrap();
        prop_assert_eq!(query.cursor().unwrap(), Some(place));
    }
}
