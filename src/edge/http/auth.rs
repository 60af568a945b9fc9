//! Who asks: the session behind a bearer token or the cookie, and what they may.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, dev, web};

use super::Front;
use super::problem::Problem;
use super::query::Query;
use super::voice::Speaker;
use crate::actors::api::AskAccount;
use crate::domain::account::{Account, Locale, Operator, Role};
use crate::domain::audit::Doer;
use crate::domain::ids::OperatorId;
use crate::domain::refusal::{Refusal, RefusalCode};
use crate::edge::auth::{Credentials, PageOrigin};
use crate::office::sessions::{self, Session};

/// An operator who is logged in.
pub struct Caller {
    /// By which log-in.
    pub session: Session,
    /// Their account, as it is now.
    pub account: Arc<Account>,
    /// Who.
    pub operator: Operator,
    /// The language in which they are told things.
    pub locale: Locale,
    /// The domain of our sender, where they are told of it.
    mail_domain: String,
}

impl Caller {
    /// Their id.
    pub fn id(&self) -> OperatorId {
        self.operator.id
    }

    /// Whether they are an admin.
    pub fn is_admin(&self) -> bool {
        self.operator.role == Role::Admin
    }

    /// Under which name what they do is written down.
    pub fn doer(&self) -> Doer {
        Doer { id: self.operator.id, name: self.operator.name.clone() }
    }

    /// Refuses everybody but admins.
    ///
    /// # Errors
    /// `forbidden`.
    pub fn need_admin(&self) -> Result<(), Problem> {
        if self.is_admin() {
            return Ok(());
        }
        Err(Refusal::not_an_admin().into())
    }

    /// How they are told things.
    pub fn speaker(&self) -> Speaker<'_> {
        Speaker::new(&self.account, self.locale, &self.mail_domain)
    }

    async fn of(front: web::Data<Front>, request: HttpRequest) -> Result<Self, Problem> {
        let credentials = Credentials::of(request.headers());
        let token = token_of(&credentials, request.method(), request.headers(), &front.settings.public_url)?;
        let store = &front.host.store;
        let session = sessions::find(store, token).await?.ok_or_else(Problem::unauthorized)?;
        let account = match front.accounts.ask(session.account, AskAccount).await {
            Err(refusal) if refusal.code == RefusalCode::NotFound => return Err(Problem::unauthorized()),
            account => account?,
        };
        let operator = account.operator(session.operator).filter(|o| o.active).cloned();
        let operator = operator.ok_or_else(Problem::unauthorized)?;
        front.seen(&session).await;
        // For whoever reads the body, which may take its time.
        request.extensions_mut().insert(session.clone());
        let locale = wanted_locale(&request)?.unwrap_or_else(|| account.locale_of(&operator));
        let mail_domain = front.host.mail_domain.clone();
        Ok(Self { session, account, operator, locale, mail_domain })
    }
}

impl FromRequest for Caller {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        let front = Front::of(request);
        let request = request.clone();
        Box::pin(async move { Self::of(front, request).await })
    }
}

/// The token that a request may use: that of the cookie, which browsers add by themselves, only to look, or from the server's
/// own pages.
fn token_of<'a>(
    credentials: &'a Credentials,
    method: &Method,
    headers: &HeaderMap,
    public_url: &str,
) -> Result<&'a str, Problem> {
    let only_looks = matches!(*method, Method::GET | Method::HEAD);
    match credentials {
        Credentials::None => Err(Problem::unauthorized()),
        Credentials::Bearer(token) => Ok(token),
        Credentials::Cookie(token) if only_looks || PageOrigin::of(headers, public_url) == PageOrigin::Own => Ok(token),
        Credentials::Cookie(_) => Err(Problem::origin()),
    }
}

/// The language that a request asks for: `?lang=`, else the first in `Accept-Language` that doorbell speaks.
///
/// # Errors
/// `invalid` for a `lang` that it does not.
pub fn wanted_locale(request: &HttpRequest) -> Result<Option<Locale>, Problem> {
    if let Some(locale) = Query::of(request)?.word("lang", &LOCALES)? {
        return Ok(Some(locale));
    }
    let accepted = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    Ok(accepted.and_then(best_locale))
}

/// The languages by their names.
pub const LOCALES: [(&str, Locale); 2] = [("cs", Locale::Cs), ("en", Locale::En)];

fn best_locale(accepted: &str) -> Option<Locale> {
    let weighed = accepted.split(',').filter_map(|entry| {
        let mut parts = entry.split(';').map(str::trim);
        let tag = parts.next()?.split('-').next()?.to_ascii_lowercase();
        let locale = LOCALES.iter().find(|(name, _)| *name == tag)?.1;
        let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(Some(1.0), |q| q.parse::<f32>().ok())?;
        (weight > 0.0).then_some((weight, locale))
    });
    // Of equal weights the first.
    weighed
        .fold(None, |best: Option<(f32, Locale)>, next| match best {
            Some(best) if best.0 >= next.0 => Some(best),
            _ => Some(next),
        })
        .map(|(_, locale)| locale)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    fn allowed(credentials: &Credentials, method: &Method, origin: Option<&str>) -> Result<(), &'static str> {
        let mut headers = HeaderMap::new();
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, HeaderValue::from_str(origin).unwrap());
        }
        token_of(credentials, method, &headers, "https://chat.example").map(drop).map_err(|problem| problem.code())
    }

    #[test]
    fn a_cookie_changes_things_from_our_own_pages_only() {
        let cookie = Credentials::Cookie("t".into());
        assert_eq!(allowed(&cookie, &Method::GET, Some("https://evil.test")), Ok(()));
        assert_eq!(allowed(&cookie, &Method::PATCH, Some("https://chat.example")), Ok(()));
        assert_eq!(allowed(&cookie, &Method::PATCH, Some("https://evil.test")), Err("origin"));
        assert_eq!(allowed(&cookie, &Method::POST, None), Err("origin"));
        assert_eq!(allowed(&cookie, &Method::DELETE, Some("null")), Err("origin"));
    }

    #[test]
    fn a_bearer_token_needs_no_origin() {
        let bearer = Credentials::Bearer("t".into());
        assert_eq!(allowed(&bearer, &Method::DELETE, None), Ok(()));
        assert_eq!(allowed(&bearer, &Method::DELETE, Some("https://evil.test")), Ok(()));
        assert_eq!(allowed(&Credentials::None, &Method::GET, None), Err("unauthorized"));
    }

    #[test]
    fn the_best_language_is_one_that_we_speak() {
        for (accepted, locale) in [
            ("cs", Some(Locale::Cs)),
            ("cs-CZ,cs;q=0.9,en;q=0.8", Some(Locale::Cs)),
            ("de, en;q=0.5, cs;q=0.7", Some(Locale::Cs)),
            ("en, cs", Some(Locale::En)),
            ("de", None),
            ("cs;q=0", None),
            ("*", None),
            ("", None),
        ] {
            assert_eq!(best_locale(accepted), locale, "{accepted}");
        }
    }
}
