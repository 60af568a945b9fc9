//! The demo's own pages: who lives here, and the mails that were caught. They exist in the demo only.

use std::sync::Arc;

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use mail_parser::{Addr, Address, MessageParser};
use serde::Serialize;

use super::world::World;
use crate::domain::ids::{ConversationId, LetterId, OperatorId};
use crate::mail::catcher::{Catcher, Caught};
use crate::mail::envelope_id::EnvelopeIds;
use crate::wire::time::Time;

/// A mail may style itself, and its one button may open the dashboard.
const MAIL_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox";

/// What the demo's pages ask for.
#[derive(Clone)]
pub struct Demo {
    /// Who lives here.
    pub world: Arc<World>,
    /// What was mailed.
    pub mailbox: Arc<Catcher>,
}

/// A caught mail, as the page shows it. Its HTML is a page of its own.
#[derive(Serialize)]
struct Shown {
    id: u64,
    from: Option<String>,
    to: String,
    subject: String,
    at: Option<Time>,
    text: String,
    /// As they were sent, in their order, each on one line.
    headers: Vec<HeaderShown>,
    /// Where this kind is switched off for the recipient (rule D4).
    unsubscribe: Option<String>,
    /// Where it is about a conversation: which row of the outbox it is.
    email: Option<LetterId>,
    conversation: Option<ConversationId>,
    operator: Option<OperatorId>,
}

#[derive(Serialize)]
struct HeaderShown {
    name: String,
    value: String,
}

/// The demo's routes.
pub fn routes(config: &mut web::ServiceConfig, demo: Demo) {
    config
        .app_data(web::Data::new(demo))
        .route("/demo/world.json", web::get().to(world))
        .route("/demo/mails.json", web::get().to(mails))
        .route("/demo/mails/{id}.html", web::get().to(mail));
}

async fn world(demo: web::Data<Demo>) -> HttpResponse {
    HttpResponse::Ok().json(&*demo.world)
}

async fn mails(demo: web::Data<Demo>) -> HttpResponse {
    let items: Vec<Shown> = demo.mailbox.letters().iter().filter_map(|caught| shown(caught, &demo.world)).collect();
    HttpResponse::Ok().json(serde_json::json!({ "items": items }))
}

fn shown(caught: &Caught, world: &World) -> Option<Shown> {
    let message = MessageParser::default().parse(&caught.raw[..])?;
    let email = message.message_id().and_then(|id| letter_of(id, &caught.envelope.to, world));
    Some(Shown {
        id: caught.number,
        from: message.from().and_then(|from| from.first()).and_then(shown_address),
        to: caught.envelope.to.clone(),
        subject: message.subject().unwrap_or_default().to_owned(),
        at: message.date().map(|date| Time(crate::domain::time::Timestamp(date.to_timestamp() * 1_000))),
        text: message.body_text(0).unwrap_or_default().into_owned(),
        headers: message.headers_raw().map(|(name, value)| unfolded(name, value)).collect(),
        unsubscribe: message.list_unsubscribe().as_address().and_then(link_of),
        email,
        conversation: email.map(|email| email.conversation),
        operator: email.map(|email| email.operator),
    })
}

/// A letter by the name under which it went out, and by whose address it went to; a note is none.
fn letter_of(message_id: &str, to: &str, world: &World) -> Option<LetterId> {
    let named = EnvelopeIds::read(message_id.split('@').next()?)?;
    let operator = world.operators.iter().find(|operator| operator.email == to)?;
    let letter = LetterId { conversation: ConversationId(named.id), episode: named.episode, operator: operator.id };
    (named.episode > 0).then_some(letter)
}

fn shown_address(from: &Addr<'_>) -> Option<String> {
    let address = from.address()?;
    Some(from.name().map_or_else(|| address.to_owned(), |name| format!("{name} <{address}>")))
}

/// A header whose lines are one.
fn unfolded(name: &str, value: &str) -> HeaderShown {
    let lines: Vec<&str> = value.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    HeaderShown { name: name.to_owned(), value: lines.join(" ") }
}

fn link_of(list: &Address<'_>) -> Option<String> {
    Some(list.first()?.address()?.to_owned())
}

/// The HTML of a mail, as a mail program shows it: its own styles, nothing that runs, nothing from elsewhere.
async fn mail(demo: web::Data<Demo>, id: web::Path<u64>) -> HttpResponse {
    let caught = demo.mailbox.letter(*id);
    let html = caught.and_then(|caught| {
        let message = MessageParser::default().parse(&caught.raw[..])?;
        Some(message.body_html(0)?.into_owned())
    });
    match html {
        Some(html) => HttpResponse::Ok()
            .insert_header((header::CONTENT_SECURITY_POLICY, MAIL_POLICY))
            .content_type("text/html; charset=utf-8")
            .body(html),
        None => HttpResponse::NotFound().body("no such mail"),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::demo::world::{DelaysTold, OperatorTold};
    use crate::domain::ids::{AccountId, NoteId, OperatorId};
    use crate::ports::postman::Envelope;

    fn caught(raw: &str) -> Caught {
        let envelope = Envelope { from: "notify@demo.test".into(), to: "jana@demo.test".into() };
        Caught { number: 7, envelope, raw: raw.replace('\n', "\r\n").into_bytes().into() }
    }

    fn world() -> World {
        let jana = OperatorTold {
            id: OperatorId(Uuid::from_u128(4)),
            name: "Jana".to_owned(),
            email: "jana@demo.test".to_owned(),
            password: "x".to_owned(),
            groups: Vec::new(),
        };
        World {
            account: String::new(),
            widget_key: String::new(),
            groups: Vec::new(),
            operators: vec![jana],
            delays: DelaysTold { offline_s: 1, missed_s: 1 },
        }
    }

    #[test]
    fn a_letter_is_shown_with_its_headers_and_what_it_is_about() {
        let conversation = ConversationId(Uuid::from_u128(2));
        let letter = LetterId { conversation, episode: 3, operator: OperatorId(Uuid::from_u128(4)) };
        let id = EnvelopeIds::new([7; 32]).told_of_letter(AccountId(Uuid::from_u128(1)), letter);
        let raw = format!(
            "From: doorbell <notify@demo.test>\nSubject: =?utf-8?b?xIxhag==?=\nMessage-ID: <{id}@demo.test>\n\
             References: <one@demo.test>\n <two@demo.test>\nList-Unsubscribe: <http://demo.test/unsubscribe/x.y>\n\nHello\n"
        );
        let shown = serde_json::to_value(shown(&caught(&raw), &world()).unwrap()).unwrap();
        assert_eq!(shown["from"], "doorbell <notify@demo.test>");
        assert_eq!(shown["subject"], "Čaj");
        assert_eq!(shown["unsubscribe"], "http://demo.test/unsubscribe/x.y");
        assert_eq!(shown["email"], letter.to_string());
        assert_eq!(shown["conversation"], conversation.to_string());
        assert_eq!(shown["operator"], letter.operator.to_string());
        let headers: Vec<_> = shown["headers"].as_array().unwrap().iter().map(|h| h["name"].clone()).collect();
        assert_eq!(headers, ["From", "Subject", "Message-ID", "References", "List-Unsubscribe"]);
        assert_eq!(shown["headers"][3]["value"], "<one@demo.test> <two@demo.test>");
    }

    #[test]
    fn a_note_is_about_no_conversation() {
        let id = EnvelopeIds::new([7; 32]).of_note(NoteId(Uuid::from_u128(9)));
        let raw = format!("Subject: a new password\nMessage-ID: <{id}@demo.test>\n\nHello\n");
        let shown = serde_json::to_value(shown(&caught(&raw), &world()).unwrap()).unwrap();
        for none in ["email", "conversation", "operator", "unsubscribe", "from"] {
            assert_eq!(shown[none], serde_json::Value::Null, "{none}");
        }
    }
}
