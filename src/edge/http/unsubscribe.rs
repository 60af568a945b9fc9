//! The link in a mail that switches one kind off (rule D4). Looking changes nothing, since mail scanners follow links.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::auth::wanted_locale;
use super::problem::{Answer, Problem};
use super::{Front, pages};
use crate::actors::api::AskAccount;
use crate::domain::account::{Account, Kind, Locale};
use crate::domain::ids::{AccountId, OperatorId};
use crate::locale::{Language, language};
use crate::office::operators;
use crate::ports::figures;

/// Where one's own switches are in the dashboard.
const OWN_SWITCHES: &str = "/dashboard#/settings/notifications";

pub(super) async fn page(front: web::Data<Front>, request: HttpRequest) -> Answer {
    or_unknown(&request, question(&front, &request).await)
}

/// A POST to the same address is the whole act: that of the page's button, and that of a mail program (RFC 8058), which
/// follows no redirects. Once more does no harm.
pub(super) async fn act(front: web::Data<Front>, request: HttpRequest) -> Answer {
    or_unknown(&request, switch_off(&front, &request).await)
}

async fn question(front: &Front, request: &HttpRequest) -> Answer {
    let (account, operator, kind) = link_in(front, request)?;
    let account = front.accounts.ask(account, AskAccount).await?;
    let language = language_for(request, &account, operator)?;
    let form = format!(r#"<form method="post"><button class="primary">{}</button></form>"#, language.unsubscribe(kind));
    let texts = [&language.unsubscribe_question(kind), language.unsubscribe_reach()];
    Ok(pages::of_words(StatusCode::OK, language, &texts, &form))
}

async fn switch_off(front: &Front, request: &HttpRequest) -> Answer {
    let (account, operator, kind) = link_in(front, request)?;
    let change = move |account: &mut Account, now| operators::unsubscribe(account, operator, kind, now);
    let account = front.change(account, change).await?;
    let language = language_for(request, &account, operator)?;
    let texts = [&language.unsubscribed(kind), language.unsubscribe_undo()];
    Ok(pages::of_words(StatusCode::OK, language, &texts, &way_to_the_switches(language)))
}

/// Whose emails of which kind the link in the path stands for.
fn link_in(front: &Front, request: &HttpRequest) -> Result<(AccountId, OperatorId, Kind), Problem> {
    let token = request.match_info().get("token").unwrap_or_default();
    (front.unsubscribe_link)(token).ok_or_else(|| Problem::not_found("unsubscribe link"))
}

/// The language that the browser wants, else the operator's own.
fn language_for(
    request: &HttpRequest,
    account: &Account,
    operator: OperatorId,
) -> Result<&'static dyn Language, Problem> {
    let operator = account.operator(operator).ok_or_else(|| Problem::not_found("operator"))?;
    let locale: Locale = wanted_locale(request)?.unwrap_or_else(|| account.locale_of(operator));
    Ok(language(locale))
}

/// A person is told in words that a link stands for nobody.
fn or_unknown(request: &HttpRequest, answer: Answer) -> Answer {
    match answer {
        Err(problem) if problem.status() == StatusCode::NOT_FOUND && pages::is_for_eyes(request) => unknown(request),
        answer => answer,
    }
}

fn unknown(request: &HttpRequest) -> Result<HttpResponse, Problem> {
    figures::refused(figures::Door::Http, "not_found");
    let language = language(wanted_locale(request)?.unwrap_or_default());
    let texts = [language.unsubscribe_unknown()];
    Ok(pages::of_words(StatusCode::NOT_FOUND, language, &texts, &way_to_the_switches(language)))
}

fn way_to_the_switches(language: &dyn Language) -> String {
    format!(r#"<nav><a class="button" href="{OWN_SWITCHES}">{}</a></nav>"#, language.own_switches())
}
