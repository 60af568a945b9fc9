//! The demo's own pages: who lives here, and the mails that were caught. They exist in the demo only.

use std::sync::Arc;

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use mail_parser::MessageParser;
use serde::Serialize;

use super::world::World;
use crate::mail::catcher::{Catcher, Caught};
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
    to: String,
    subject: String,
    at: Option<Time>,
    text: String,
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
    let items: Vec<Shown> = demo.mailbox.letters().iter().filter_map(shown).collect();
    HttpResponse::Ok().json(serde_json::json!({ "items": items }))
}

fn shown(caught: &Caught) -> Option<Shown> {
    let message = MessageParser::default().parse(&caught.raw[..])?;
    Some(Shown {
        id: caught.number,
        to: caught.envelope.to.clone(),
        subject: message.subject().unwrap_or_default().to_owned(),
        at: message.date().map(|date| Time(crate::domain::time::Timestamp(date.to_timestamp() * 1_000))),
        text: message.body_text(0).unwrap_or_default().into_owned(),
    })
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
