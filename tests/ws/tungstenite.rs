//! tungstenite as the other side: whatever a visitor says in whatever pieces arrives as it was said, and every ping is
//! answered by its own bytes, in order.

use doorbell::edge::limits::DoorLimits;
use futures_util::{SinkExt as _, StreamExt as _};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use super::world::{PATIENCE, Peer, World, calm};

/// How many peers there are, one after the other.
const PEERS: usize = 60;

/// What a peer does next.
#[derive(Clone, Debug)]
enum Step {
    /// Says a text, cut at these places (in thousandths of its frame), with control frames between the parts.
    Say { text: String, cuts: Vec<u16> },
    /// Pings with these bytes.
    Ping(Vec<u8>),
    /// A pong that nobody asked for.
    Pong(Vec<u8>),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let short = proptest::collection::vec(any::<char>(), 1..50);
    let long = proptest::collection::vec(any::<char>(), 3_900..=4_000);
    let of_bytes_max = Just(vec!['\u{10FFFF}'; 4_000]);
    let text = prop_oneof![6 => short, 2 => long, 1 => of_bytes_max].prop_map(String::from_iter);
    let say = (text, proptest::collection::vec(0..1_000_u16, 0..6));
    let control = || proptest::collection::vec(any::<u8>(), 0..=125);
    let step = prop_oneof![
        4 => say.prop_map(|(text, cuts)| Step::Say { text, cuts }),
        2 => control().prop_map(Step::Ping),
        1 => control().prop_map(Step::Pong),
    ];
    proptest::collection::vec(step, 1..25)
}

/// A message in frames, with a ping between each two.
fn pieces(frame: &[u8], cuts: &[u16]) -> Vec<Message> {
    let mut places: Vec<usize> = cuts.iter().map(|cut| frame.len() * usize::from(*cut) / 1_000).collect();
    places.sort_unstable();
    places.push(frame.len());
    let (mut start, last) = (0, places.len() - 1);
    let mut pieces = Vec::new();
    for (at, end) in places.into_iter().enumerate() {
        let kind = if at == 0 { Data::Text } else { Data::Continue };
        pieces.push(Message::Frame(Frame::message(frame[start..end].to_vec(), OpCode::Data(kind), at == last)));
        if at != last {
            pieces.push(Message::Ping(format!("between {at}").into_bytes().into()));
        }
        start = end;
    }
    pieces
}

/// What came in answer: the payloads of pongs, and acknowledgements by their ids.
async fn answers(peer: &mut Peer, pinged: usize, said: usize) -> (Vec<Vec<u8>>, Vec<Value>) {
    let (mut pongs, mut acks) = (Vec::new(), Vec::new());
    while pongs.len() < pinged || acks.len() < said {
        match tokio::time::timeout(PATIENCE, peer.stream.next()).await.expect("an answer comes in time") {
            Some(Ok(Message::Pong(payload))) => pongs.push(payload.to_vec()),
            Some(Ok(Message::Text(text))) => {
                let frame: Value = serde_json::from_str(&text).expect("frames are JSON");
                assert_ne!(frame["type"], "error", "{frame}");
                if frame["type"] == "ack" {
                    acks.push(frame);
                }
            }
            Some(Ok(Message::Ping(_))) => {}
            other => panic!("{other:?} instead of an answer"),
        }
    }
    (pongs, acks)
}

async fn converse(world: &World, steps: Vec<Step>) {
    // Shown where the test fails.
    println!("{steps:?}");
    let (mut peer, _) = world.visitor().await;
    let (mut pinged, mut said) = (Vec::new(), Vec::new());
    for step in steps {
        let messages = match step {
            Step::Ping(payload) => vec![Message::Ping(payload.into())],
            Step::Pong(payload) => vec![Message::Pong(payload.into())],
            Step::Say { text, cuts } => {
                let id = said.len().to_string();
                let frame = json!({ "type": "message", "id": id, "client_id": id, "text": text }).to_string();
                said.push(text);
                pieces(frame.as_bytes(), &cuts)
            }
        };
        for message in messages {
            if let Message::Ping(payload) = &message {
                pinged.push(payload.to_vec());
            }
            peer.stream.feed(message).await.expect("it is open");
        }
    }
    peer.stream.flush().await.expect("it is open");
    let (pongs, acks) = answers(&mut peer, pinged.len(), said.len()).await;
    assert_eq!(pongs, pinged);
    let ids: Vec<_> = acks.iter().map(|ack| ack["id"].as_str().unwrap_or_default().to_owned()).collect();
    assert_eq!(ids, (0..said.len()).map(|n| n.to_string()).collect::<Vec<_>>());
    let past = peer.ask(json!({ "type": "history", "before": 1_000, "limit": 100 })).await;
    let heard = past["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let heard: Vec<_> = heard.iter().map(|message| message["text"].as_str().unwrap_or_default()).collect();
    assert_eq!(heard, said);
    peer.send(Message::Close(None)).await;
    assert_eq!(peer.end_code().await, 1000);
}

#[actix_rt::test]
async fn what_is_said_in_any_pieces_arrives_as_it_was_said() {
    let many = 1_000_000;
    let world = World::start(DoorLimits {
        visitor_messages_per_minute: many,
        visitor_messages_per_minute_per_ip: many,
        frames_per_second: many,
        bytes_per_second: 1 << 30,
        ..calm()
    });
    let mut runner = TestRunner::new(Config::default());
    for _ in 0..PEERS {
        let tree = steps().new_tree(&mut runner).expect("steps can be made");
        converse(&world, tree.current()).await;
    }
}
