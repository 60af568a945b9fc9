//! The link in a mail that switches one kind off (rule D4). Looking changes nothing, since mail scanners follow links.

use actix_web::{HttpRequest, HttpResponse, web};

use super::Front;
use super::auth::wanted_locale;
use super::problem::{Answer, Problem};
use crate::actors::api::AskAccount;
use crate::domain::account::{Kind, Locale};
use crate::domain::ids::{AccountId, OperatorId};
use crate::locale::{Language, language};
use crate::office::operators;

/// Whose emails of which kind the link in the path stands for.
fn link_in(front: &Front, request: &HttpRequest) -> Result<(AccountId, OperatorId, Kind), Problem> {
    let token = request.match_info().get("token").unwrap_or_default();
    (front.unsubscribe_link)(token).ok_or_else(|| Problem::not_found("unsubscribe link"))
}

async fn language_for(
    front: &Front,
    request: &HttpRequest,
    account: AccountId,
    operator: OperatorId,
) -> Result<&'static dyn Language, Problem> {
    let account = front.accounts.ask(account, AskAccount).await?;
    let operator = account.operator(operator).ok_or_else(|| Problem::not_found("operator"))?;
    let locale: Locale = wanted_locale(request)?.unwrap_or_else(|| account.locale_of(operator));
    Ok(language(locale))
}

pub(super) async fn page(front: web::Data<Front>, request: HttpRequest) -> Answer {
    let (account, operator, kind) = link_in(&front, &request)?;
    let language = language_for(&front, &request, account, operator).await?;
    let form = format!(r#"<form method="post"><button class="primary">{}</button></form>"#, language.unsubscribe(kind));
    Ok(html(language, &language.unsubscribe_question(kind), &form))
}

pub(super) async fn act(front: web::Data<Front>, request: HttpRequest) -> Answer {
    let (account, operator, kind) = link_in(&front, &request)?;
    front.change(account, move |account, now| operators::unsubscribe(account, operator, kind, now)).await?;
    let language = language_for(&front, &request, account, operator).await?;
    Ok(html(language, &language.unsubscribed(kind), ""))
}

/// All of it is ours: nothing in it was typed by anybody.
fn html(language: &dyn Language, text: &str, form: &str) -> HttpResponse {
    let tag = language.tag();
    let page = format!(
        r#"<!doctype html>
<html lang="{tag}">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="robots" content="noindex">
    <title>doorbell</title>
    <link rel="icon" href="/shared/icon.svg">
    <link rel="stylesheet" href="/shared/tokens.css">
    <link rel="stylesheet" href="/shared/base.css">
  </head>
  <body>
    <main class="page stack"><h1>doorbell</h1><p>{text}</p>{form}</main>
  </body>
</html>
"#
    );
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(page)
}
