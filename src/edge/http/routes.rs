//! The whole URL table: what is there, and who may call it.
//!
//! [`configure`] registers it, [`table`] lists it: one list, two uses. A row says who may call; the handler asks for it
//! ([`super::auth::Caller`]), and `tests/http` tries every row as everybody.

use actix_web::dev::HttpServiceFactory;
use actix_web::http::{Method, StatusCode, header};
use actix_web::middleware::from_fn;
use actix_web::{FromRequest, Handler, HttpResponse, Responder, ResponseError as _, Route, Scope, web};

use self::Who::{Admin, Anybody, MailServer, Operator};
use super::problem::Problem;
use super::{
    Front, account, acts, audit, blocked, checks, conversations, devices, emails, groups, health, inbound, login,
    manners, me, metrics, notices, notifications, operators, pages, password, patience, presence, reference, sessions,
    suppressions, unsubscribe, watch, widget,
};

/// Where the interface is.
const API: &str = "/api/v1";

/// Who may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Nobody must be logged in.
    Anybody,
    /// Whoever is logged in; what they see may depend on who they are.
    Operator,
    /// Admins of the account; others are refused with `forbidden`.
    Admin,
    /// A mail server, by a secret of the configuration (`mail.inbound_secret`).
    MailServer,
}

/// A row of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Its method. What takes GET takes HEAD, too; that is no row of its own.
    pub method: Method,
    /// Its path from the root, with `{names}` for what differs.
    pub path: String,
    /// Who may call it.
    pub who: Who,
}

/// All rows, in the order in which paths are tried.
pub fn table() -> Vec<Call> {
    let outside = outside().into_iter().chain([pages::no_demo(), rest()]);
    let api = interface().into_iter().flat_map(|place| place.calls_under(API));
    api.chain(outside.flat_map(|place| place.calls_under(""))).collect()
}

/// Puts all of it into an application.
pub fn configure(config: &mut web::ServiceConfig, front: &web::Data<Front>) {
    let api = interface().into_iter().fold(web::scope(API), Scope::service).default_service(web::to(nothing_here));
    let all = web::scope("").wrap(from_fn(manners::no_long_urls)).wrap(from_fn(manners::in_words));
    let all = all.wrap(from_fn(watch::request));
    let all = all.wrap(pages::default_headers(&front.settings.public_url)).service(api);
    let all = outside().into_iter().fold(all, Scope::service).configure(|config| match &front.settings.demo {
        Some(routes) => routes.0(config),
        None => drop(config.service(pages::no_demo())),
    });
    config.app_data(front.clone()).service(all.service(rest())).default_service(web::to(nothing_here));
}

fn interface() -> Vec<Place> {
    vec![
        at("/login").post(Anybody, login::login),
        at("/logout").post(Operator, login::logout),
        at("/sessions").get(Operator, sessions::list),
        at("/sessions/{id}").delete(Operator, sessions::end),
        at("/password/forgot").post(Anybody, password::forgot),
        at("/password/reset").post(Anybody, password::reset),
        at("/me").get(Operator, me::show).patch(Operator, me::change),
        at("/me/notifications").get(Operator, notifications::mine),
        at("/me/checks").get(Operator, checks::mine),
        at("/me/devices/{id}").delete(Operator, devices::sign_out),
        at("/account").get(Operator, account::show).patch(Admin, account::change),
        at("/account/widget-key").post(Admin, account::replace_widget_key),
        at("/audit").get(Admin, audit::list),
        at("/operators").get(Admin, operators::list).post(Admin, operators::add),
        at("/operators/{id}")
            .get(Admin, operators::show)
            .patch(Admin, operators::change)
            .delete(Admin, operators::deactivate),
        at("/operators/{id}/notifications").get(Admin, notifications::of_operator),
        at("/operators/{id}/checks").get(Admin, checks::of_operator),
        at("/operators/{id}/invite").post(Admin, operators::invite),
        at("/suppressions").get(Admin, suppressions::list),
        at("/suppressions/{address}").delete(Admin, suppressions::clear),
        at("/groups").get(Admin, groups::list).post(Admin, groups::create),
        at("/groups/{id}").patch(Admin, groups::change).delete(Admin, groups::delete),
        at("/presence").get(Operator, presence::show).put(Operator, presence::lease),
        at("/counts").get(Operator, conversations::counts),
        at("/notices").get(Admin, notices::list),
        at("/conversations").get(Operator, conversations::list),
        at("/conversations/{id}").get(Operator, conversations::show),
        at("/conversations/{id}/messages").get(Operator, conversations::messages).post(Operator, acts::write),
        at("/conversations/{id}/notifications").get(Operator, conversations::explanation),
        at("/conversations/{id}/open").post(Operator, acts::open),
        at("/conversations/{id}/read").post(Operator, acts::read),
        at("/conversations/{id}/join").post(Operator, acts::join),
        at("/conversations/{id}/leave").post(Operator, acts::leave),
        at("/conversations/{id}/close").post(Operator, acts::close),
        at("/conversations/{id}/transfer").post(Operator, acts::transfer),
        at("/emails").get(Operator, emails::list),
        at("/emails/{id}").get(Operator, emails::show),
        at("/emails/{id}/retry").post(Operator, emails::retry),
        at("/blocked-domains").get(Admin, blocked::list),
        at("/blocked-domains/{domain}").delete(Admin, blocked::allow),
        at("/inbound/dsn").post(MailServer, inbound::dsn),
        at("/widget/{key}/status").get(Anybody, widget::status),
    ]
}

fn outside() -> Vec<Place> {
    vec![
        at("/unsubscribe/{token}").get(Anybody, unsubscribe::page).post(Anybody, unsubscribe::act),
        at("/widget/{key}").get(Anybody, widget::page),
        at("/healthz").get(Anybody, health::healthz),
        at("/readyz").get(Anybody, health::readyz),
        at("/metrics").get(Anybody, metrics::show),
        at("/openapi.json").get(Anybody, reference::show_openapi),
        at("/asyncapi.json").get(Anybody, reference::show_asyncapi),
        at("/ws/operator").get(Anybody, upgrade_required),
        at("/ws/visitor").get(Anybody, upgrade_required),
    ]
}

/// Whatever else is asked for is a page, or is not there.
fn rest() -> Place {
    at("/{file:.*}").get(Anybody, pages::page)
}

async fn nothing_here() -> Result<&'static str, Problem> {
    Err(Problem::not_found("page"))
}

/// What is no upgrade does not come to the doors for sockets, but here.
async fn upgrade_required() -> HttpResponse {
    let detail = "this is for WebSockets: ask with `Connection: Upgrade` and `Upgrade: websocket`";
    let problem = Problem::new(StatusCode::UPGRADE_REQUIRED, "upgrade_required", detail);
    let mut response = problem.error_response();
    response.headers_mut().insert(header::UPGRADE, header::HeaderValue::from_static("websocket"));
    response
}

/// A path and what it takes; any other method is answered 405 with what is allowed.
pub(super) fn at(path: &'static str) -> Place {
    Place { path, routes: Vec::new(), calls: Vec::new() }
}

/// See [`at`].
pub(super) struct Place {
    path: &'static str,
    routes: Vec<Route>,
    calls: Vec<(Method, Who)>,
}

macro_rules! method {
    ($name:ident, $method:ident) => {
        pub(super) fn $name<F, Args>(mut self, who: Who, handler: F) -> Self
        where
            F: Handler<Args>,
            Args: FromRequest + 'static,
            F::Output: Responder + 'static,
        {
            self.calls.push((Method::$method, who));
            self.routes.push(web::$name().to(handler));
            self
        }
    };
}

impl Place {
    method!(post, POST);
    method!(put, PUT);
    method!(patch, PATCH);
    method!(delete, DELETE);

    /// Who may look may look at the head, too.
    pub(super) fn get<F, Args>(mut self, who: Who, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.calls.push((Method::GET, who));
        self.routes.extend([web::get().to(handler.clone()), web::head().to(handler)]);
        self
    }

    fn calls_under(self, root: &str) -> Vec<Call> {
        let path = format!("{root}{}", self.path);
        self.calls.into_iter().map(|(method, who)| Call { method, path: path.clone(), who }).collect()
    }

    fn allow(&self) -> String {
        let words =
            self.calls.iter().map(|(method, _)| if method == Method::GET { "GET, HEAD" } else { method.as_str() });
        words.collect::<Vec<_>>().join(", ")
    }
}

impl HttpServiceFactory for Place {
    fn register(self, config: &mut actix_web::dev::AppService) {
        let allow = self.allow();
        let refuse = web::to(move || {
            let problem = Problem::method_not_allowed(&allow);
            async move { Err::<&str, _>(problem) }
        });
        let resource = self.routes.into_iter().fold(web::resource(self.path), actix_web::Resource::route);
        resource.default_service(refuse).wrap(from_fn(patience::answer_in_time)).register(config);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_row_stands_twice_and_each_says_who() {
        let rows = table();
        for (at, row) in rows.iter().enumerate() {
            let twin = rows[..at].iter().find(|other| other.method == row.method && other.path == row.path);
            assert_eq!(twin, None);
        }
        let who = |method: &Method, path: &str| {
            rows.iter().find(|row| row.method == *method && row.path == path).map(|row| row.who)
        };
        assert_eq!(who(&Method::POST, "/api/v1/login"), Some(Anybody));
        assert_eq!(who(&Method::GET, "/api/v1/me"), Some(Operator));
        assert_eq!(who(&Method::DELETE, "/api/v1/operators/{id}"), Some(Admin));
        assert_eq!(who(&Method::HEAD, "/healthz"), None);
        assert_eq!(rows.last().map(|row| row.path.as_str()), Some("/{file:.*}"));
    }
}
