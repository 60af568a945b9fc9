//! The bounds and words of the reference are those of the code.

use doorbell::domain::bulletin::NoticeCode;
use doorbell::domain::conversation::message::{CLIENT_ID_LEN_MAX, TEXT_LEN_MAX};
use doorbell::domain::ids::DeviceId;
use doorbell::domain::notice::check::Finding;
use doorbell::domain::notice::letter::LetterState;
use doorbell::domain::notice::reason::Code;
use doorbell::edge::http::{body, query};
use doorbell::edge::limits::DoorLimits;
use doorbell::office::{passwords, preferences, values};
use doorbell::wire::{fields, operator_frames, visitor_frames};
use serde_json::{Value, json};

use crate::answers::OPENAPI;
use crate::speech::{ASYNCAPI, Side, messages};

fn shape(name: &str) -> &'static Value {
    &OPENAPI["components"]["schemas"][name]
}

fn client(path: &str, kind: &str) -> &'static Value {
    let found = messages(path, Side::Client).into_iter().find(|message| message["name"] == kind);
    &found.expect("it is told of")["payload"]["properties"]
}

#[test]
fn lengths_are_those_of_the_code() {
    let profile = shape("ProfileChange");
    let notifications = &shape("AccountChange")["properties"]["notifications"]["properties"];
    for (told, real) in [
        (&shape("Name")["maxLength"], values::NAME_LEN_MAX),
        (&shape("EmailAddress")["maxLength"], values::EMAIL_LEN_MAX),
        (&shape("NewPassword")["minLength"], passwords::LEN_MIN),
        (&shape("NewPassword")["maxLength"], passwords::LEN_MAX),
        (&shape("MessageText")["maxLength"], TEXT_LEN_MAX),
        (&shape("ClientId")["maxLength"], CLIENT_ID_LEN_MAX),
        (&shape("DeviceId")["maxLength"], DeviceId::LEN_MAX),
        (&shape("Login")["properties"]["email"]["maxLength"], body::TEXT_LEN_MAX),
        (&shape("Login")["properties"]["password"]["maxLength"], body::TEXT_LEN_MAX),
        (&profile["properties"]["current_password"]["maxLength"], body::TEXT_LEN_MAX),
        (&shape("NewGroup")["properties"]["operators"]["maxItems"], body::LIST_LEN_MAX),
        (&shape("NewOperator")["properties"]["groups"]["maxItems"], body::LIST_LEN_MAX),
        (&shape("AccountChange")["properties"]["allowed_origins"]["maxItems"], preferences::ORIGINS_MAX),
        (&shape("AccountChange")["properties"]["allowed_origins"]["items"]["maxLength"], values::ORIGIN_LEN_MAX),
        (&notifications["cooldown_s"]["maximum"], values::DELAY_MAX.0 as usize / 1_000),
        (&notifications["offline"]["properties"]["delay_s"]["maximum"], values::DELAY_MAX.0 as usize / 1_000),
        (&shape("Page")["properties"]["url"]["maxLength"], fields::URL_LEN_MAX),
        (&shape("Page")["properties"]["title"]["maxLength"], fields::TITLE_LEN_MAX),
        (&OPENAPI["components"]["parameters"]["limit"]["schema"]["maximum"], query::LIMIT_MAX),
        (&OPENAPI["components"]["parameters"]["limit"]["schema"]["default"], query::LIMIT_DEFAULT),
        (&ASYNCAPI["components"]["schemas"]["FrameId"]["maxLength"], fields::ID_LEN_MAX),
        (&client("/ws/visitor", "history")["limit"]["maximum"], visitor_frames::HISTORY_LEN_MAX),
        (&client("/ws/visitor", "history")["limit"]["default"], visitor_frames::HISTORY_LEN),
        (&client("/ws/visitor", "identify")["name"]["maxLength"], visitor_frames::NAME_LEN_MAX),
        (&client("/ws/visitor", "identify")["email"]["maxLength"], visitor_frames::EMAIL_LEN_MAX),
        (
            &client("/ws/operator", "hello")["device"]["properties"]["name"]["maxLength"],
            operator_frames::DEVICE_NAME_LEN_MAX,
        ),
    ] {
        assert_eq!(told, &json!(real));
    }
}

#[test]
fn what_is_said_of_limits_in_words_is_so() {
    let limits = DoorLimits::default();
    let [http, sockets] = [&OPENAPI, &ASYNCAPI].map(|document| document["info"]["description"].as_str().unwrap());
    for (text, said) in [
        (http, format!("at most {} KiB", body::BODY_LEN_MAX / 1_024)),
        (sockets, format!("at most {} KiB", limits.frame_bytes / 1_024)),
        (sockets, format!("{} frames a second", limits.frames_per_second)),
        (sockets, format!("{} MiB a second", limits.bytes_per_second >> 20)),
        (sockets, format!("{} messages a minute", limits.visitor_messages_per_minute)),
    ] {
        assert!(text.contains(&said), "{said}");
    }
    for path in ["/ws/visitor", "/ws/operator"] {
        let hello = messages(path, Side::Client).into_iter().find(|message| message["name"] == "hello").unwrap();
        let said = format!("within {} seconds", limits.hello_deadline.0 / 1_000);
        assert!(hello["description"].as_str().unwrap().contains(&said), "{path}: {said}");
    }
}

#[test]
fn words_are_those_of_the_code() {
    let codes: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(shape("ReasonCode")["enum"], json!(codes));
    assert_eq!(shape("CheckCode")["enum"], json!(Finding::CODES));
    let codes: Vec<&str> = NoticeCode::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(shape("NoticeCode")["enum"], json!(codes));
    let mut told: Vec<&str> =
        shape("EmailState")["enum"].as_array().unwrap().iter().map(|s| s.as_str().unwrap()).collect();
    let mut states: Vec<&str> = LetterState::ALL.iter().map(|state| state.as_str()).collect();
    told.sort_unstable();
    states.sort_unstable();
    assert_eq!(told, states);
}
