//! Logging in and out.
//!
//! An answer tells nobody whether an address is somebody's, neither by its text nor by its time: an address that nobody has
//! costs one hash, one that several share as many as they are, and a refusal leaves on the next mark of a grid of
//! [`REFUSED_GRID`], within which all of them fit.

use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use serde_json::json;

use super::Front;
use super::auth::Caller;
use super::body::{RawBody, need};
use super::problem::{Answer, Problem};
use crate::actors::api::AskPresence;
use crate::domain::account::{Account, Operator};
use crate::domain::ids::{AccountId, OperatorId};
use crate::domain::refusal::{Refusal, RefusalCode};
use crate::domain::time::{Span, Timestamp};
use crate::edge::auth::{PageOrigin, SESSION_COOKIE};
use crate::office::values::EMAIL_LEN_MAX;
use crate::office::{accounts, passwords, sessions};
use crate::ports::journal::{DocKey, Token};
use crate::ports::record;
use crate::wire::objects::{AccountObject, OperatorObject};

/// How often a log-in that lost a race against a change of the account is checked again.
const RACES_MAX: usize = 5;
/// At which marks after its beginning a log-in is refused: an attempt at an address that several people share takes longer than
/// at one that nobody has, which is nobody's business.
const REFUSED_GRID: Span = Span(250);

#[derive(Serialize)]
struct LoggedIn<'a> {
    token: &'a str,
    operator: OperatorObject<'a>,
    account: AccountObject<'a>,
}

/// Somebody whose address and password fit.
struct Fit {
    account: Account,
    settings: Token,
    operator: Operator,
}

pub(super) async fn login(front: web::Data<Front>, request: HttpRequest, raw: RawBody) -> Answer {
    let body = raw.read().await?;
    let email = need("email", body.text("email")?)?;
    let password = need("password", body.text("password")?)?;
    let wanted: Option<OperatorId> = body.parsed("operator", |field, text| {
        text.parse().map_err(|_| Refusal::invalid(field, "`operator` is one of the `choices`"))
    })?;
    let (from, begun) = (front.household_of(&request), front.host.now());
    front.attempts.begin(from, email, begun).await?;
    for _ in 0..RACES_MAX {
        let Some(fit) = check(&front, email, password, wanted).await? else {
            front.attempts.failed(from, email, front.host.now());
            until_the_next_mark(&front, begun).await;
            return Err(Refusal::new(RefusalCode::Unauthorized, "the address or the password is wrong").into());
        };
        front.attempts.succeeded(from, email).await;
        let user_agent = request.headers().get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        let (account, operator) = (fit.account.id, fit.operator.id);
        let begun = sessions::begin(&front.host.store, account, operator, user_agent, fit.settings).await?;
        let Some((token, session)) = begun else { continue };
        tracing::info!(%account, %operator, session = %session.id, "an operator logged in");
        return welcome(&front, &request, &fit, &token).await;
    }
    Err(Refusal::unavailable("the account is being changed").into())
}

/// Waits until the next whole [`REFUSED_GRID`] after the beginning.
async fn until_the_next_mark(front: &Front, begun: Timestamp) {
    let elapsed_ms = (front.host.now() - begun).0.max(0);
    let rest = Span(REFUSED_GRID.0 - elapsed_ms % REFUSED_GRID.0);
    tokio::time::sleep(rest.to_duration()).await;
}

/// The one whose address and password these are. Takes as long for an address that nobody has.
async fn check(front: &Front, email: &str, password: &str, wanted: Option<OperatorId>) -> Result<Option<Fit>, Problem> {
    let mut fits = Vec::new();
    let candidates = candidates(front, email, wanted).await?;
    if candidates.is_empty() {
        front.hasher.fits(None, password).await?;
    }
    for candidate in candidates {
        let hash = passwords::find(&*front.host.store, candidate.operator.id).await?;
        if front.hasher.fits(hash, password).await? {
            fits.push(candidate);
        }
    }
    match fits.len() {
        0 | 1 => Ok(fits.pop()),
        _ => {
            let choice = |fit: &Fit| json!({ "operator": fit.operator.id, "name": fit.operator.name, "account": fit.account.name });
            let choices = fits.iter().map(choice).collect();
            let which = Refusal::new(RefusalCode::Conflict, "they fit several people: repeat with `operator`");
            Err(Problem::from(which).with("choices", choices))
        }
    }
}

/// The active operators with this address.
async fn candidates(front: &Front, email: &str, wanted: Option<OperatorId>) -> Result<Vec<Fit>, Problem> {
    let email = email.trim();
    if email.is_empty() || email.len() > EMAIL_LEN_MAX {
        return Ok(Vec::new());
    }
    let mut named: Vec<(AccountId, OperatorId)> = accounts::with_address(&front.host.store, email).await?;
    named.retain(|(_, operator)| wanted.is_none_or(|wanted| wanted == *operator));
    let keys = named.iter().map(|(account, _)| DocKey::Settings(*account)).collect();
    let documents = front.host.store.load(keys).await?;
    let mut candidates = Vec::with_capacity(named.len());
    for ((_, id), stored) in named.into_iter().zip(documents) {
        let Some(stored) = stored else { continue };
        let account: Account = record::decode(&stored.state).map_err(Refusal::from)?;
        if let Some(operator) = account.operator(id).filter(|o| o.active).cloned() {
            candidates.push(Fit { account, settings: stored.token, operator });
        }
    }
    Ok(candidates)
}

async fn welcome(front: &Front, request: &HttpRequest, fit: &Fit, token: &str) -> Answer {
    let presence = front.accounts.ask(fit.account.id, AskPresence).await?;
    let there = presence.operators.iter().find(|view| view.id == fit.operator.id);
    let told = LoggedIn {
        token,
        operator: OperatorObject::new(&fit.operator, &fit.account, there),
        account: AccountObject::new(&fit.account, &front.host.delays),
    };
    let mut response = HttpResponse::Ok();
    let public_url = &front.settings.public_url;
    // A page of another web site can make a browser ask, but gets no cookie put there.
    if !matches!(PageOrigin::of(request.headers(), public_url), PageOrigin::Foreign(_)) {
        response.cookie(cookie(token, public_url));
    }
    Ok(response.json(told))
}

fn cookie<'a>(token: &'a str, public_url: &str) -> Cookie<'a> {
    Cookie::build(SESSION_COOKIE, token)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(public_url.starts_with("https://"))
        .max_age(Duration::milliseconds(sessions::LIFE.0))
        .finish()
}

pub(super) async fn logout(front: web::Data<Front>, caller: Caller) -> Answer {
    let session = caller.session.id;
    front.end_sessions(caller.account.id, caller.id(), |s| s.id == session).await?;
    let mut gone = cookie("", &front.settings.public_url);
    gone.make_removal();
    Ok(HttpResponse::NoContent().cookie(gone).finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_for_our_own_pages_and_no_script() {
        let plain = cookie("t", "http://127.0.0.1:8080").to_string();
        for part in ["doorbell_session=t", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age="] {
            assert!(plain.contains(part), "{plain}");
        }
        assert!(!plain.contains("Secure"));
        assert!(cookie("t", "https://chat.example").to_string().contains("Secure"));
    }
}
