//! RFC 6455 as a table of byte sequences, against the doors: before anybody said who they are, and after.

use super::raw::Raw;
use super::world::{World, calm};

const MASK: [u8; 4] = [0x37, 0xFA, 0x21, 0x3D];

/// A client's frame: the first byte and the payload.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let len = payload.len();
    let lengths = match len {
        0..=125 => vec![0x80 | len as u8],
        126..=0xFFFF => [&[0xFE][..], &(len as u16).to_be_bytes()].concat(),
        _ => [&[0xFF][..], &(len as u64).to_be_bytes()].concat(),
    };
    with_length(first, &lengths, payload)
}

/// A client's frame whose length is told as given.
fn with_length(first: u8, lengths: &[u8], payload: &[u8]) -> Vec<u8> {
    let masked = payload.iter().zip(MASK.iter().cycle()).map(|(byte, key)| byte ^ key);
    [&[first][..], lengths, &MASK].concat().into_iter().chain(masked).collect()
}

/// A close frame.
fn closing(code: u16, reason: &[u8]) -> Vec<u8> {
    frame(0x88, &[&code.to_be_bytes()[..], reason].concat())
}

/// What a server's bytes say: opcodes and payloads.
fn frames(mut bytes: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut frames = Vec::new();
    while let [first, second, rest @ ..] = bytes {
        assert_eq!((first & 0xF0, second & 0x80), (0x80, 0), "5.1, 5.2: whole, no reserved bit, no mask");
        let (len, rest) = match second & 0x7F {
            126 => (usize::from(u16::from_be_bytes([rest[0], rest[1]])), &rest[2..]),
            127 => panic!("nothing that long is sent"),
            short => (usize::from(short), rest),
        };
        assert!(second & 0x7F != 126 || len > 125, "5.2: the shortest length");
        frames.push((first & 0x0F, rest[..len].to_vec()));
        bytes = &rest[len..];
    }
    frames
}

/// What must come of it.
enum Comes {
    /// The connection is closed with this code.
    Close(u16),
    /// These frames are sent, and the connection goes on.
    Frames(Vec<(u8, Vec<u8>)>),
}

/// The section, and what the bytes are.
type Case = (&'static str, Vec<u8>, Comes);

fn close(what: &'static str, bytes: Vec<u8>, code: u16) -> Case {
    (what, bytes, Comes::Close(code))
}

fn fine(what: &'static str, bytes: Vec<u8>, frames: &[(u8, &[u8])]) -> Case {
    (what, bytes, Comes::Frames(frames.iter().map(|(opcode, payload)| (*opcode, payload.to_vec())).collect()))
}

/// What control frames alone come to: the same before a hello and after.
fn of_control() -> Vec<Case> {
    let mut cases = vec![
        close("5.1: without a mask", vec![0x89, 0x01, b'x'], 1002),
        close("5.1: a text without a mask", vec![0x81, 0x02, b'{', b'}'], 1002),
        fine("5.5.2: a ping", frame(0x89, b"x"), &[(0xA, b"x")]),
        fine("5.5.2: an empty ping", frame(0x89, b""), &[(0xA, b"")]),
        fine("5.5.2: the longest ping", frame(0x89, &[7; 125]), &[(0xA, &[7; 125])]),
        fine("5.5.2: bytes that are no text", frame(0x89, &[0, 0xFF, 0xC0]), &[(0xA, &[0, 0xFF, 0xC0])]),
        fine("5.5.2: several", [frame(0x89, b"1"), frame(0x89, b"2")].concat(), &[(0xA, b"1"), (0xA, b"2")]),
        fine("5.5.3: a pong that nobody asked for", frame(0x8A, b"hello"), &[]),
        close("5.5: a long ping", frame(0x89, &[0; 126]), 1002),
        close("5.5: a ping whose length is told in 16 bits", with_length(0x89, &[0xFE, 0, 1], b"x"), 1002),
        close(
            "5.5: a ping whose length is told in 64 bits",
            with_length(0x89, &[0xFF, 0, 0, 0, 0, 0, 0, 0, 1], b"x"),
            1002,
        ),
        close("5.5: a ping in parts", frame(0x09, b"x"), 1002),
        close("5.5: a pong in parts", frame(0x0A, b"x"), 1002),
        close("5.5: a close in parts", frame(0x08, &[0x03, 0xE8]), 1002),
        close("5.4: nothing to continue", frame(0x80, b"x"), 1002),
        close("5.4: nothing to continue, and more to come", frame(0x00, b"x"), 1002),
        close("5.4: a text within another", [frame(0x01, b"{"), frame(0x81, b"{}")].concat(), 1002),
        close("5.4: bytes within a text", [frame(0x01, b"{"), frame(0x82, b"x")].concat(), 1002),
        fine("5.4: a ping within a text", [frame(0x01, b"{"), frame(0x89, b"x")].concat(), &[(0xA, b"x")]),
        fine("5.4: empty parts", [frame(0x01, b""), frame(0x00, b""), frame(0x89, b"x")].concat(), &[(0xA, b"x")]),
        close(
            "5.2: a length of 64 bits with the highest set",
            with_length(0x81, &[0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0], b""),
            1002,
        ),
        close("7.4.1, 10.4: too long, in 16 bits", vec![0x81, 0xFE, 0xFF, 0xFF], 1009),
        close("7.4.1, 10.4: too long, in 64 bits", vec![0x81, 0xFF, 0, 0, 0, 1, 0, 0, 0, 0], 1009),
        close(
            "10.4: too long together",
            [frame(0x01, &b" ".repeat(30_000)), frame(0x00, &b" ".repeat(3_000))].concat(),
            1009,
        ),
        close("8.1: a text that is not UTF-8", frame(0x81, &[0xC3, 0x28]), 1007),
        close("5.5.1: no code", frame(0x88, b""), 1000),
        close("5.5.1: half a code", frame(0x88, &[3]), 1002),
        close("5.5.1: a reason that is not UTF-8", closing(1000, &[0xED, 0xA0, 0x80]), 1007),
        close("5.5.1: half a character as a reason", closing(1000, &[0xC5]), 1007),
        close("5.5.1: the longest reason", closing(3001, &[b'r'; 123]), 3001),
        close("5.5.1: a longer reason", frame(0x88, &[3; 126]), 1002),
        close("5.5.1: what follows a close is not heard", [closing(1000, b""), vec![0xFF; 50]].concat(), 1000),
        close("5.5.1: a close within a text", [frame(0x01, b"{"), closing(1001, b"")].concat(), 1001),
    ];
    for bits in [0x10, 0x20, 0x40, 0x70] {
        cases.push(close("5.2: a reserved bit of a text", frame(0x81 | bits, b"{}"), 1002));
        cases.push(close("5.2: a reserved bit of a ping", frame(0x89 | bits, b""), 1002));
    }
    for opcode in [0x3, 0x4, 0x5, 0x6, 0x7, 0xB, 0xC, 0xD, 0xE, 0xF] {
        cases.push(close("5.2: an opcode that is not defined", frame(0x80 | opcode, b"x"), 1002));
    }
    for code in [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999] {
        cases.push(close("7.4: a code that may be sent", closing(code, b"why"), code));
    }
    for code in [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535] {
        cases.push(close("7.4: a code that may not be sent", closing(code, b"why"), 1002));
    }
    cases
}

const PING: &[u8] = br#"{"type":"ping"}"#;
const PONG: &[(u8, &[u8])] = &[(0x1, br#"{"type":"pong"}"#)];

/// What texts come to, once it is known who speaks.
fn of_texts() -> Vec<Case> {
    let text = |note: &str| format!(r#"{{"type":"ping","note":"{note}"}}"#).into_bytes();
    let (accented, horse) = (text("ř"), text("🐴"));
    let cut = |bytes: &[u8], at: usize| [frame(0x01, &bytes[..at]), frame(0x80, &bytes[at..])].concat();
    let inside = |bytes: &[u8]| bytes.iter().position(|byte| *byte > 0x7F).unwrap_or_default() + 1;
    let byte_by_byte: Vec<u8> = (0..PING.len())
        .flat_map(|at| {
            let last = if at == PING.len() - 1 { 0x80 } else { 0 };
            frame(last | u8::from(at == 0), &PING[at..=at])
        })
        .collect();
    let long = text(&"x".repeat(32_768 - text("").len()));
    let mut cases = vec![
        fine("5.6: a text", frame(0x81, PING), PONG),
        fine("5.4: in two parts", cut(PING, 5), PONG),
        fine("5.4: a part for each byte", byte_by_byte, PONG),
        fine("5.4: empty first and last parts", [frame(0x01, b""), frame(0x00, PING), frame(0x80, b"")].concat(), PONG),
        fine(
            "5.4: control frames between the parts",
            [frame(0x01, &PING[..3]), frame(0x89, b"!"), frame(0x8A, b"?"), frame(0x80, &PING[3..])].concat(),
            &[(0xA, b"!"), PONG[0]],
        ),
        fine("8.1: a character over two parts", cut(&accented, inside(&accented)), PONG),
        fine("8.1: a wide character over two parts", cut(&horse, inside(&horse) + 1), PONG),
        fine("5.2: a short text in 16 bits is read", with_length(0x81, &[0xFE, 0, PING.len() as u8], PING), PONG),
        fine(
            "5.2: a short text in 64 bits is read",
            with_length(0x81, &[0xFF, 0, 0, 0, 0, 0, 0, 0, PING.len() as u8], PING),
            PONG,
        ),
        fine("10.4: the longest text", frame(0x81, &long), PONG),
        fine("5.6: two texts", [frame(0x81, PING), frame(0x81, PING)].concat(), &[PONG[0], PONG[0]]),
        close("5.4: what was ended goes on", [frame(0x01, PING), frame(0x80, b""), frame(0x80, b"")].concat(), 1002),
        close("8.1: half a character at the end", [frame(0x01, &[0xC5]), frame(0x80, b"x")].concat(), 1007),
        close("10.4: one byte too long", frame(0x81, &b" ".repeat(32_769)), 1009),
    ];
    for bytes in [
        &b"\xC0\x80"[..],
        b"\xC1\xBF",
        b"\xE0\x80\x80",
        b"\xED\xA0\x80",
        b"\xED\xBF\xBF",
        b"\xF0\x80\x80\x80",
        b"\xF4\x90\x80\x80",
        b"\xF5\x80\x80\x80",
        b"\xFF",
        b"\x80",
        b"\xE2\x82",
    ] {
        cases.push(close("8.1: bytes that are no UTF-8", frame(0x81, bytes), 1007));
        let (first, last) = bytes.split_at(bytes.len() - 1);
        cases.push(close("8.1: the same in parts", [frame(0x01, first), frame(0x80, last)].concat(), 1007));
    }
    cases
}

/// A ping whose answer shows that the connection goes on.
const LAST: &[u8] = b"are you there?";

/// Says the case's bytes in pieces of `step`.
async fn check(mut raw: Raw, (what, bytes, comes): &Case, place: &str, step: usize) {
    for piece in bytes.chunks(step) {
        raw.write(piece).await;
    }
    match comes {
        Comes::Close(code) => {
            let told = frames(&raw.rest().await);
            let closes: Vec<_> = told.iter().filter(|(opcode, _)| *opcode == 0x8).map(|(_, payload)| payload).collect();
            assert_eq!(closes.len(), 1, "{place}, {what}: {told:?}");
            assert_eq!(closes[0][..2], code.to_be_bytes(), "{place}, {what}: {told:?}");
        }
        Comes::Frames(expected) => {
            // Pongs are answered at the door, texts behind it: each kind in its own order.
            let mut told = Vec::new();
            while told.len() < expected.len() {
                let (opcode, payload) = raw.frame().await;
                if opcode != 0x1 || payload.starts_with(br#"{"type":"pong""#) {
                    told.push((opcode, payload));
                }
            }
            for opcode in [0x1, 0xA] {
                let of_kind =
                    |frames: &[(u8, Vec<u8>)]| frames.iter().filter(|(o, _)| *o == opcode).cloned().collect::<Vec<_>>();
                assert_eq!(of_kind(&told), of_kind(expected), "{place}, {what}");
            }
            assert_eq!(told.len(), expected.len(), "{place}, {what}: {told:?}");
            raw.write(&frame(0x89, LAST)).await;
            while raw.frame().await != (0xA, LAST.to_vec()) {}
        }
    }
}

#[actix_rt::test]
async fn control_frames_and_violations_before_a_hello() {
    let world = World::start(calm());
    for case in of_control() {
        for path in ["/ws/visitor", "/ws/operator"] {
            for step in [1, usize::MAX] {
                // Dripping a long one proves nothing more.
                if case.1.len() > 1_000 && step == 1 {
                    continue;
                }
                check(Raw::upgraded(&world, path).await, &case, path, step).await;
            }
        }
    }
}

#[actix_rt::test]
async fn the_whole_table_after_a_hello() {
    let world = World::start(calm());
    let visitor = format!(r#"{{"type":"hello","key":"{}"}}"#, world.known.key);
    let operator =
        format!(r#"{{"type":"hello","token":"{}","device":{{"id":"d","kind":"dashboard"}}}}"#, world.known.token);
    for case in of_control().into_iter().chain(of_texts()) {
        for (path, hello) in [("/ws/visitor", &visitor), ("/ws/operator", &operator)] {
            for step in [1, 2, usize::MAX] {
                if case.1.len() > 1_000 && step < 3 {
                    continue;
                }
                let mut raw = Raw::upgraded(&world, path).await;
                raw.write(&frame(0x81, hello.as_bytes())).await;
                raw.welcomed().await;
                check(raw, &case, path, step).await;
            }
        }
    }
}

#[actix_rt::test]
async fn frames_that_come_with_the_handshake_are_heard() {
    let world = World::start(calm());
    let hello = format!(r#"{{"type":"hello","key":"{}"}}"#, world.known.key);
    let head = "GET /ws/visitor HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
                sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    let said = [frame(0x89, b"early"), frame(0x81, hello.as_bytes()), frame(0x81, PING)].concat();
    // All of it with the head, half of a frame with it, nothing with it.
    for with_head in [said.len(), 20, 1, 0] {
        let mut raw = Raw::open_bytes(&world, &[head.as_bytes(), &said[..with_head]].concat()).await;
        assert!(raw.head().await.starts_with("HTTP/1.1 101 "));
        raw.write(&said[with_head..]).await;
        assert_eq!(raw.frame().await, (0xA, b"early".to_vec()));
        assert!(raw.frame().await.1.starts_with(br#"{"type":"welcome""#));
        assert_eq!(raw.frame().await.1, PONG[0].1);
    }
}

#[actix_rt::test]
async fn a_flood_of_pings_before_a_hello_is_4029() {
    let world = World::start(calm());
    let mut raw = Raw::upgraded(&world, "/ws/visitor").await;
    raw.write(&frame(0x89, b"").repeat(1_000)).await;
    let told = frames(&raw.rest().await);
    let (opcode, payload) = told.last().expect("a close");
    assert_eq!((*opcode, &payload[..2]), (0x8, &4029_u16.to_be_bytes()[..]));
    assert!(told.len() < 20, "{}", told.len());
}
