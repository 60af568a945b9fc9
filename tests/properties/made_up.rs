//! Input that is made up: bytes, and what looks nearly right.

use proptest::prelude::*;

use crate::entries;

/// JSON of the few names that are looked at, with anything in it.
fn json() -> impl Strategy<Value = serde_json::Value> {
    let number = any::<f64>().prop_map(|number| serde_json::json!(number));
    let text = prop_oneof![".{0,20}", "(cs|en|online|away|offline|admin|dashboard|mobile)"];
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        number,
        any::<u64>().prop_map(Into::into),
        text.prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        let name =
            prop_oneof!["[ab]", "(type|id|key|text|client_id|device|kind|state|name|url|page|seq|group|on|after)"];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
            proptest::collection::vec((name, inner), 0..6)
                .prop_map(|pairs| serde_json::Value::Object(pairs.into_iter().collect())),
        ]
    })
}

/// Frames that are nearly right: a header with a few of its bits wrong, and a payload.
fn nearly_frames() -> impl Strategy<Value = Vec<u8>> {
    let first = prop_oneof![
        8 => proptest::sample::select(vec![0x81_u8, 0x82, 0x01, 0x02, 0x00, 0x80, 0x89, 0x8A, 0x88]),
        1 => any::<u8>(),
    ];
    let payload = prop_oneof![
        ".{0,60}".prop_map(String::into_bytes),
        proptest::collection::vec(any::<u8>(), 0..140),
        Just(vec![0x03, 0xE8]),
    ];
    let frame = (first, payload, any::<[u8; 4]>(), 0..20_u8).prop_map(|(first, payload, mask, slip)| {
        let mut frame = vec![first];
        match payload.len() {
            len @ 0..=125 if slip != 0 => frame.push(0x80 | len as u8),
            len => frame.extend([&[0xFE][..], &(len as u16).to_be_bytes()].concat()),
        }
        if slip == 1 {
            frame[1] ^= 0x80;
        }
        frame.extend(mask);
        frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, key)| byte ^ key));
        frame
    });
    proptest::collection::vec(frame, 0..8).prop_map(|frames| frames.concat())
}

proptest! {
    #[test]
    fn any_split_of_any_bytes_tells_the_same_frames(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        entries::frames(&bytes);
    }

    #[test]
    fn any_split_of_nearly_right_frames_tells_the_same(bytes in nearly_frames()) {
        entries::frames(&bytes);
    }

    #[test]
    fn any_text_is_a_client_frame_or_refused(text in any::<String>()) {
        entries::client_frames(&text);
    }

    #[test]
    fn any_json_is_a_client_frame_or_refused(value in json()) {
        entries::client_frames(&value.to_string());
    }

    #[test]
    fn every_kind_of_frame_survives_any_fields(
        value in json(),
        kind in "(hello|message|identify|page|typing|read|history|group|bye|ping|presence|appear_offline|open|join|leave|close|transfer)",
    ) {
        let mut frame = value;
        if let Some(fields) = frame.as_object_mut() {
            fields.insert("type".into(), kind.into());
        }
        entries::client_frames(&frame.to_string());
    }

    #[test]
    fn any_bytes_are_a_body_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        entries::body(&bytes);
    }

    #[test]
    fn any_json_is_a_body_or_refused(value in json()) {
        entries::body(value.to_string().as_bytes());
    }

    #[test]
    fn any_text_is_a_query_or_refused(text in "(cursor|limit|q|lang)?=?[ -~]{0,80}") {
        entries::query(&text);
    }

    #[test]
    fn an_id_has_one_spelling(text in "[0-9a-fA-F]{8}-[0-9a-f]{4}-[0-9a-fA-F]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32}\\.[+0-9]{1,3}\\.[0-9a-fA-F]{32}") {
        entries::id(&text);
    }

    #[test]
    fn no_header_makes_anybody_somebody_else(
        bytes in proptest::collection::vec(prop_oneof![any::<u8>(), proptest::sample::select(b"for=,;\"[]:.% 0123456789abcdef".to_vec())], 0..80),
    ) {
        entries::headers(&bytes);
    }

    #[test]
    fn any_text_is_a_configuration_or_refused(text in any::<String>()) {
        entries::settings(&text);
    }

    #[test]
    fn nearly_right_configurations_are_read_or_refused(
        lines in proptest::collection::vec(
            ("(server|store|presence|notifications|mail|limits|log|x)", "(bind|public_url|trusted_proxies|drain|url|grace|cooldown|from|smtp_url|dkim|connections|frame_bytes|format|filter)",
             "('[ -&(-~]{0,20}'|-?[0-9]{1,20}|[0-9]{1,3}\\.[0-9]e[0-9]{1,3}|true|\\[\\]|\\['10.0.0.0/[0-9]{1,3}'\\]|\\{ a = 1 \\}|1979-05-27)"),
            0..6,
        ),
    ) {
        let lines: Vec<String> = lines.iter().map(|(section, key, value)| format!("{section}.{key} = {value}")).collect();
        entries::settings(&lines.join("\n"));
    }
}
