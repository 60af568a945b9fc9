//! What an operator does in a conversation: the same acts as over the socket.

use actix_web::{HttpRequest, HttpResponse, web};

use super::Front;
use super::auth::Caller;
use super::body::{Body, RawBody, need};
use super::conversations::told;
use super::problem::{Answer, Problem};
use super::query::path_id;
use crate::actors::api::{Act, Deed, Done};
use crate::domain::conversation::message::{CLIENT_ID_LEN_MAX, Message, TEXT_LEN_MAX};
use crate::domain::ids::ConversationId;
use crate::domain::refusal::{Refusal, RefusalCode};
use crate::edge::opening;
use crate::ports::journal::Stream;
use crate::ports::record;
use crate::wire::objects::MessageObject;

async fn act(front: &Front, caller: &Caller, request: &HttpRequest, deed: Deed) -> Result<Done, Problem> {
    let conversation: ConversationId = path_id(request, "conversation")?;
    let act = Act { conversation, operator: caller.id(), deed };
    Ok(front.accounts.ask(caller.account.id, act).await?)
}

macro_rules! plain {
    ($name:ident, $deed:ident, $doc:literal) => {
        #[doc = $doc]
        pub(super) async fn $name(
            front: web::Data<Front>,
            caller: Caller,
            request: HttpRequest,
            raw: RawBody,
        ) -> Answer {
            raw.read_if_any().await?;
            let done = act(&front, &caller, &request, Deed::$deed).await?;
            Ok(HttpResponse::Ok().json(told(&caller, &done.view)))
        }
    };
}

/// Opens it: everything in it is seen (rule A4), but for a peek. It brings the messages that the frame `open` brings.
pub(super) async fn open(front: web::Data<Front>, caller: Caller, request: HttpRequest, raw: RawBody) -> Answer {
    let body = raw.read_if_any().await?;
    let after = body.whole("after")?;
    let deed = if body.flag("peek")? == Some(true) { Deed::Peek } else { Deed::Open };
    let done = act(&front, &caller, &request, deed).await?;
    let messages = opening::messages(&*front.host.store, caller.account.id, &done.view, after).await?;
    let speaker = caller.speaker();
    let happened = |event: &_| speaker.happened(event);
    let messages: Vec<_> =
        messages.iter().map(|message| MessageObject::new(message, &happened).of(done.view.id)).collect();
    let mut answer = told(&caller, &done.view);
    answer["messages"] = serde_json::json!(messages);
    Ok(HttpResponse::Ok().json(answer))
}

/// Has seen it up to a message (rule A4): for apps that got their messages over HTTP.
pub(super) async fn read(front: web::Data<Front>, caller: Caller, request: HttpRequest, raw: RawBody) -> Answer {
    let seq = need("seq", raw.read().await?.whole("seq")?)?;
    let done = act(&front, &caller, &request, Deed::Read { seq }).await;
    let done = done.map_err(|problem| match problem.code() {
        // A frame that names a place beyond the last message is none; over HTTP a field is wrong.
        "bad_request" => Problem::invalid("seq", problem.to_string()),
        _ => problem,
    })?;
    Ok(HttpResponse::Ok().json(told(&caller, &done.view)))
}

plain!(join, Join, "Joins (rule A3).");
plain!(leave, Leave, "Leaves (rule A3).");
plain!(close, Close, "Closes it.");

pub(super) async fn write(front: web::Data<Front>, caller: Caller, request: HttpRequest, raw: RawBody) -> Answer {
    let (text, client_id) = message_of(&raw.read().await?)?;
    let done = act(&front, &caller, &request, Deed::Write { text, client_id }).await?;
    let unknown = Refusal::unknown_outcome;
    let (seq, _) = done.written.ok_or_else(unknown)?;
    // As it stands there: a repeat does not change what was written under its name.
    let place = (Stream::Messages(caller.account.id, done.view.id), seq);
    let stored = front.host.store.entries(vec![place]).await.map_err(|_| unknown())?.pop().flatten();
    let message: Message = record::decode(&stored.ok_or_else(unknown)?).map_err(|_| unknown())?;
    Ok(HttpResponse::Created().json(MessageObject::new(&message, &|_| String::new()).of(done.view.id)))
}

pub(super) async fn transfer(front: web::Data<Front>, caller: Caller, request: HttpRequest, raw: RawBody) -> Answer {
    let deed = transfer_of(&raw.read().await?)?;
    let done = act(&front, &caller, &request, deed).await?;
    Ok(HttpResponse::Ok().json(told(&caller, &done.view)))
}

fn message_of(body: &Body) -> Result<(String, String), Problem> {
    let text = need("text", body.long_text("text")?)?;
    if text.is_empty() {
        return Err(Problem::invalid("text", format!("`text` is 1 to {TEXT_LEN_MAX} characters long")));
    }
    if text.chars().nth(TEXT_LEN_MAX).is_some() {
        let what = format!("`text` is at most {TEXT_LEN_MAX} characters long");
        return Err(Refusal { field: Some("text"), ..Refusal::new(RefusalCode::TooLong, what) }.into());
    }
    let client_id = need("client_id", body.text("client_id")?)?;
    if !(1..=CLIENT_ID_LEN_MAX).contains(&client_id.len()) {
        let right = format!("`client_id` is a text of 1 to {CLIENT_ID_LEN_MAX} bytes");
        return Err(Problem::invalid("client_id", right));
    }
    Ok((text.to_owned(), client_id.to_owned()))
}

fn transfer_of(body: &Body) -> Result<Deed, Problem> {
    match (body.text("operator")?, body.text("group")?) {
        (Some(id), None) => id.parse().map(Deed::TransferToOperator).map_err(|_| Problem::not_found("operator")),
        (None, Some(id)) => id.parse().map(Deed::TransferToGroup).map_err(|_| Problem::not_found("group")),
        _ => Err(Problem::invalid("operator", "either `operator` or `group` says to whom")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(text: &str) -> Body {
        Body::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn a_text_has_1_to_4000_characters() {
        for one in ["a", "ř", "🐴"] {
            let with = |n: usize| message_of(&body(&format!(r#"{{"text":"{}","client_id":"c"}}"#, one.repeat(n))));
            assert!(with(TEXT_LEN_MAX).is_ok());
            assert_eq!(with(TEXT_LEN_MAX + 1).unwrap_err().code(), "too_long");
        }
        for (text, field) in [
            (r#"{"text":"","client_id":"c"}"#, "text"),
            (r#"{"text":5,"client_id":"c"}"#, "text"),
            (r#"{"text":"x"}"#, "client_id"),
            (r#"{"text":"x","client_id":""}"#, "client_id"),
        ] {
            assert_eq!(message_of(&body(text)).unwrap_err().field(), Some(field), "{text}");
        }
    }

    #[test]
    fn a_transfer_is_to_one_of_both() {
        let id = uuid::Uuid::nil();
        assert!(matches!(transfer_of(&body(&format!(r#"{{"operator":"{id}"}}"#))), Ok(Deed::TransferToOperator(_))));
        assert!(matches!(transfer_of(&body(&format!(r#"{{"group":"{id}"}}"#))), Ok(Deed::TransferToGroup(_))));
        assert_eq!(transfer_of(&body("{}")).unwrap_err().code(), "invalid");
        assert_eq!(transfer_of(&body(r#"{"group":"x"}"#)).unwrap_err().code(), "not_found");
    }
}
