//! The link in a mail that switches one kind off (rule D4). Looking changes nothing, since mail scanners follow links.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};

use super::auth::wanted_locale;
use super::problem::{Answer, Problem};
use super::{Front, pages};
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
    Ok(pages::of_words(StatusCode::OK, language, &language.unsubscribe_question(kind), &form))
}

pub(super) async fn act(front: web::Data<Front>, request: HttpRequest) -> Answer {
    let (account, operator, kind) = link_in(&front, &request)?;
    front.change(account, move |account, now| operators::unsubscribe(account, operator, kind, now)).await?;
    let language = language_for(&front, &request, account, operator).await?;
    Ok(pages::of_words(StatusCode::OK, language, &language.unsubscribed(kind), ""))
}
