//! The whole URL table.

use actix_web::dev::HttpServiceFactory;
use actix_web::middleware::DefaultHeaders;
use actix_web::{FromRequest, Handler, Responder, Route, web};

use super::problem::Problem;
use super::{
    Front, account, acts, conversations, devices, emails, groups, health, login, me, operators, pages, password,
    presence, sessions, suppressions, unsubscribe, widget,
};

/// Puts all of it into an application.
pub fn configure(config: &mut web::ServiceConfig, front: &web::Data<Front>) {
    config.app_data(front.clone()).service(
        web::scope("")
            .wrap(pages::default_headers(&front.settings.public_url))
            .service(api())
            .service(at("/unsubscribe/{token}").get(unsubscribe::page).post(unsubscribe::act))
            .service(at("/widget/{key}").get(widget::page))
            .service(at("/healthz").get(health::healthz))
            .service(at("/readyz").get(health::readyz))
            .service(at("/metrics").get(health::metrics))
            .configure(|config| match &front.settings.demo {
                Some(routes) => routes.0(config),
                None => pages::no_demo(config),
            })
            .service(at("/{file:.*}").get(pages::page)),
    );
}

fn api() -> impl HttpServiceFactory {
    web::scope("/api/v1")
        .wrap(DefaultHeaders::new().add(("Cache-Control", "no-store")))
        .service(at("/login").post(login::login))
        .service(at("/logout").post(login::logout))
        .service(at("/sessions").get(sessions::list))
        .service(at("/sessions/{id}").delete(sessions::end))
        .service(at("/me/devices/{id}").delete(devices::sign_out))
        .service(at("/password/forgot").post(password::forgot))
        .service(at("/password/reset").post(password::reset))
        .service(at("/me").get(me::show).patch(me::change))
        .service(at("/account").get(account::show).patch(account::change))
        .service(at("/account/widget-key").post(account::replace_widget_key))
        .service(at("/operators").get(operators::list).post(operators::add))
        .service(at("/operators/{id}").get(operators::show).patch(operators::change).delete(operators::deactivate))
        .service(at("/operators/{id}/invite").post(operators::invite))
        .service(at("/suppressions").get(suppressions::list))
        .service(at("/suppressions/{address}").delete(suppressions::clear))
        .service(at("/groups").get(groups::list).post(groups::create))
        .service(at("/groups/{id}").patch(groups::change).delete(groups::delete))
        .service(at("/presence").get(presence::show).put(presence::lease))
        .service(at("/counts").get(conversations::counts))
        .service(at("/conversations").get(conversations::list))
        .service(at("/conversations/{id}").get(conversations::show))
        .service(at("/conversations/{id}/messages").get(conversations::messages).post(acts::write))
        .service(at("/conversations/{id}/notifications").get(conversations::explanation))
        .service(at("/conversations/{id}/open").post(acts::open))
        .service(at("/conversations/{id}/join").post(acts::join))
        .service(at("/conversations/{id}/leave").post(acts::leave))
        .service(at("/conversations/{id}/close").post(acts::close))
        .service(at("/conversations/{id}/transfer").post(acts::transfer))
        .service(at("/emails").get(emails::list))
        .service(at("/emails/{id}").get(emails::show))
        .service(at("/emails/{id}/retry").post(emails::retry))
        .service(at("/widget/{key}/status").get(widget::status))
        .default_service(web::to(nothing_here))
}

async fn nothing_here() -> Result<&'static str, Problem> {
    Err(Problem::not_found("page"))
}

/// A path and what it takes; any other method is answered 405 with what is allowed.
pub(super) fn at(path: &'static str) -> Place {
    Place { path, routes: Vec::new(), allow: String::new() }
}

/// See [`at`].
pub(super) struct Place {
    path: &'static str,
    routes: Vec<Route>,
    allow: String,
}

macro_rules! method {
    ($name:ident, $allow:literal) => {
        pub(super) fn $name<F, Args>(self, handler: F) -> Self
        where
            F: Handler<Args>,
            Args: FromRequest + 'static,
            F::Output: Responder + 'static,
        {
            self.take($allow, web::$name().to(handler))
        }
    };
}

impl Place {
    method!(post, "POST");
    method!(put, "PUT");
    method!(patch, "PATCH");
    method!(delete, "DELETE");

    /// Who may look may look at the head, too.
    pub(super) fn get<F, Args>(self, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.take("GET", web::get().to(handler.clone())).take("HEAD", web::head().to(handler))
    }

    fn take(mut self, method: &str, route: Route) -> Self {
        if !self.allow.is_empty() {
            self.allow.push_str(", ");
        }
        self.allow.push_str(method);
        self.routes.push(route);
        self
    }
}

impl HttpServiceFactory for Place {
    fn register(self, config: &mut actix_web::dev::AppService) {
        let Self { path, routes, allow } = self;
        let refuse = web::to(move || {
            let problem = Problem::method_not_allowed(&allow);
            async move { Err::<&str, _>(problem) }
        });
        let resource = routes.into_iter().fold(web::resource(path), actix_web::Resource::route);
        resource.default_service(refuse).register(config);
    }
}
