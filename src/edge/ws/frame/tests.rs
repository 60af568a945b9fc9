//! RFC 6455 as a table of byte sequences.

use super::*;

const MASK: [u8; 4] = [0x37, 0xFA, 0x21, 0x3D];

/// A client's frame.
fn client(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = BytesMut::new();
    put_header(&mut frame, first, 0x80, payload.len());
    frame.put_slice(&MASK);
    let start = frame.len();
    frame.put_slice(payload);
    unmask(&mut frame[start..], MASK);
    frame.to_vec()
}

/// What a decoder with a limit of 100 bytes tells of the bytes, and how it ends, fed in pieces of `step`.
fn told(bytes: &[u8], step: usize) -> (Vec<String>, Option<Violation>) {
    let mut decoder = Decoder::new(100);
    let mut told = Vec::new();
    for piece in bytes.chunks(step) {
        let outcome = decoder.feed(&mut piece.to_vec(), |incoming| {
            told.push(format!("{incoming:?}"));
            ControlFlow::Continue(())
        });
        if let Err(violation) = outcome {
            return (told, Some(violation));
        }
    }
    (told, None)
}

#[track_caller]
fn tells(frames: &[Vec<u8>], expected: &[&str]) {
    let bytes = frames.concat();
    for step in [1, 2, 3, 7, bytes.len()] {
        assert_eq!(
            told(&bytes, step),
            (expected.iter().map(ToString::to_string).collect(), None),
            "in steps of {step}"
        );
    }
}

#[track_caller]
fn breaks(frames: &[Vec<u8>], code: u16) {
    let bytes = frames.concat();
    for step in [1, 2, bytes.len()] {
        let (_, violation) = told(&bytes, step);
        assert_eq!(violation.map(Violation::close_code), Some(code), "in steps of {step}");
    }
}

#[test]
fn the_example_of_the_rfc() {
    tells(&[vec![0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]], &[r#"Text("Hello")"#]);
}

#[test]
fn messages_in_one_piece_and_in_many() {
    tells(&[client(0x81, b"")], &[r#"Text("")"#]);
    tells(&[client(0x81, b"a"), client(0x81, b"b")], &[r#"Text("a")"#, r#"Text("b")"#]);
    tells(&[client(0x01, b"a"), client(0x00, b""), client(0x80, b"b")], &[r#"Text("ab")"#]);
    tells(&[client(0x82, &[0xFF])], &["Binary"]);
    tells(&[client(0x02, &[0xFF]), client(0x80, &[0xFE])], &["Binary"]);
    // A character that is split between frames.
    tells(&[client(0x01, &"ř".as_bytes()[..1]), client(0x80, &"ř".as_bytes()[1..])], &[r#"Text("ř")"#]);
}

#[test]
fn control_frames_between_fragments() {
    tells(
        &[client(0x01, b"a"), client(0x89, b"x"), client(0x8A, b""), client(0x80, b"b"), client(0x88, &[0x03, 0xE8])],
        &["Ping([120])", "Pong", r#"Text("ab")"#, "Close(Some(1000))"],
    );
}

#[test]
fn what_the_rfc_forbids_is_1002() {
    for first in [0xC1, 0xA1, 0x91, 0x83, 0x87, 0x8B, 0x8F] {
        breaks(&[client(first, b"x")], 1002);
    }
    breaks(&[vec![0x81, 0x01, b'x']], 1002); // not masked
    breaks(&[client(0x80, b"x")], 1002); // continues nothing
    breaks(&[client(0x01, b"a"), client(0x81, b"b")], 1002); // another message within
    breaks(&[client(0x01, b"a"), client(0x80, b"b"), client(0x80, b"c")], 1002);
    breaks(&[client(0x09, b"x")], 1002); // a fragmented ping
    breaks(&[client(0x89, &[0; 126])], 1002); // a long one
    breaks(&[client(0x88, &[3])], 1002);
    for code in [0_u16, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000] {
        breaks(&[client(0x88, &code.to_be_bytes())], 1002);
    }
}

#[test]
fn close_codes_that_may_be_sent() {
    tells(&[client(0x88, b"")], &["Close(None)"]);
    for code in [1000_u16, 1003, 1007, 1011, 1012, 3000, 4999] {
        tells(&[client(0x88, &[&code.to_be_bytes()[..], b"why"].concat())], &[&format!("Close(Some({code}))")]);
    }
}

#[test]
fn a_text_is_utf8_over_the_whole_message() {
    breaks(&[client(0x81, &[0xC3, 0x28])], 1007);
    breaks(&[client(0x01, &[0xC5]), client(0x80, b"x")], 1007);
    breaks(&[client(0x81, &[0xED, 0xA0, 0x80])], 1007); // a surrogate
    breaks(&[client(0x88, &[0x03, 0xE8, 0xFF])], 1007);
}

#[test]
fn a_message_too_big_is_known_by_its_header() {
    tells(&[client(0x82, &[0; 100])], &["Binary"]);
    breaks(&[client(0x82, &[0; 101])[..6].to_vec()], 1009);
    breaks(&[vec![0x81, 0xFE, 0xFF, 0xFF]], 1009);
    breaks(&[vec![0x81, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]], 1009);
    breaks(&[client(0x02, &[0; 60]), client(0x80, &[0; 41])[..6].to_vec()], 1009);
}

#[test]
fn a_silent_decoder_holds_no_bytes() {
    let mut decoder = Decoder::new(100);
    let frame = client(0x81, b"hello");
    for byte in &frame {
        decoder.feed(&mut [*byte], |_| ControlFlow::Continue(())).unwrap();
    }
    assert!(decoder.partial.is_none());
}

#[test]
fn who_breaks_off_hears_no_more() {
    let mut heard = 0;
    let mut bytes = [client(0x81, b"a"), client(0x81, b"b")].concat();
    let outcome = Decoder::new(100).feed(&mut bytes, |_| {
        heard += 1;
        ControlFlow::Break(())
    });
    assert_eq!((outcome, heard), (Ok(()), 1));
}

#[test]
fn what_is_sent_has_the_shortest_length() {
    assert_eq!(text("Hello")[..], [0x81, 0x05, b'H', b'e', b'l', b'l', b'o']);
    assert_eq!(text(&"x".repeat(126))[..4], [0x81, 126, 0, 126]);
    assert_eq!(text(&"x".repeat(65_536))[..10], [0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]);
    assert_eq!(pong(b"x")[..], [0x8A, 1, b'x']);
    assert_eq!(close(4001, "no")[..], [0x88, 4, 0x0F, 0xA1, b'n', b'o']);
    assert_eq!(close(4001, &"ř".repeat(100)).len(), 2 + 2 + 122);
}
