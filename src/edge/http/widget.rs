//! What web sites see: the widget's page, and its status for those who make their own.

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;

use super::auth::wanted_locale;
use super::problem::{Answer, Problem};
use super::query::Query;
use super::{Front, pages};
use crate::actors::api::{AskAccount, AskPresence};
use crate::domain::account::Account;
use crate::domain::ids::{AccountId, GroupId};
use crate::locale::language;
use crate::office::widgets;
use crate::ports::figures;
use crate::wire::objects::ChatStatus;
use crate::wire::time::Time;

#[derive(Serialize)]
struct StatusObject {
    status: ChatStatus,
    since: Time,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    stale: bool,
}

async fn account_of(front: &Front, request: &HttpRequest) -> Result<AccountId, Problem> {
    let key = request.match_info().get("key").unwrap_or_default();
    let account = widgets::account_of(&*front.host.store, key).await?;
    account.ok_or_else(|| Problem::not_found("widget"))
}

pub(super) async fn status(front: web::Data<Front>, request: HttpRequest) -> Answer {
    let id = account_of(&front, &request).await?;
    let account = front.accounts.ask(id, AskAccount).await?;
    let presence = front.accounts.ask(id, AskPresence).await?;
    // A group that is none, or counts for nothing, is none.
    let group: Option<GroupId> = Query::of(&request)?.text("group").and_then(|text| text.parse().ok());
    let group = account.effective_group(group).map(|group| group.id);
    let chat = presence.chat.iter().find(|chat| chat.group == group).ok_or_else(|| Problem::not_found("chat box"))?;
    let mut response = HttpResponse::Ok();
    response.insert_header((header::VARY, "Origin"));
    if let Some(origin) = allowed_origin(request.headers(), &account) {
        response.insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, origin));
    }
    Ok(response.json(StatusObject { status: ChatStatus::of(chat.online), since: chat.since.into(), stale: chat.stale }))
}

/// The web site that asks, if it may read the answer.
fn allowed_origin<'a>(headers: &'a HeaderMap, account: &Account) -> Option<&'a str> {
    let origin = headers.get(header::ORIGIN)?.to_str().ok()?;
    let allowed = account.allowed_origins.is_empty() || account.allowed_origins.iter().any(|o| o == origin);
    allowed.then_some(origin)
}

pub(super) async fn page(front: web::Data<Front>, request: HttpRequest) -> Answer {
    let id = match account_of(&front, &request).await {
        Err(problem) if problem.status() == StatusCode::NOT_FOUND && pages::is_for_eyes(&request) => {
            return no_chat(&request);
        }
        id => id?,
    };
    let account = front.accounts.ask(id, AskAccount).await?;
    let ancestors = frame_ancestors(&account.allowed_origins);
    pages::asset(&request, "widget/index.html", Some(&ancestors))
}

/// What stands in the frame of a web site whose key is none, or none any more.
fn no_chat(request: &HttpRequest) -> Answer {
    figures::refused(figures::Door::Http, "not_found");
    let language = language(wanted_locale(request)?.unwrap_or_default());
    Ok(pages::of_words_for_frames(StatusCode::NOT_FOUND, language, language.no_chat()))
}

/// Who may embed the widget: the server's own pages and the account's web sites; of an account that names none, any.
fn frame_ancestors(origins: &[String]) -> String {
    if origins.is_empty() {
        return "*".to_owned();
    }
    // Origins are checked when they are set: none holds a space, a comma or a semicolon.
    origins.iter().fold("'self'".to_owned(), |all, origin| format!("{all} {origin}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_widget_is_embedded_where_it_is_allowed() {
        assert_eq!(frame_ancestors(&[]), "*");
        let origins = ["https://a.example".to_owned(), "https://b.example:8443".to_owned()];
        assert_eq!(frame_ancestors(&origins), "'self' https://a.example https://b.example:8443");
    }
}
