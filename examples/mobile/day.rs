//! The day, step by step. Each says what the app does, asks the server what it makes of it, and fails where that is not what
//! docs/mobile.md says.

use std::time::{Duration, Instant};

use awc::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::client::{Api, Failure, Socket, text};

/// The app and the desk are devices; an app makes its id once, at its first start, and keeps it.
const PHONE: &str = "example-phone";
const DESK: &str = "example-desk";
/// What should become true by itself is looked for so often, and for so long.
const LOOK_EVERY: Duration = Duration::from_millis(100);
const PATIENCE: Duration = Duration::from_mins(2);

/// Where the story is told.
pub(crate) type Say<'a> = &'a mut dyn FnMut(String);

/// One operator's app, and a look from outside at what counts.
struct Day<'a> {
    app: Api,
    /// Another log-in of the same operator: what it sees does not depend on the app's own.
    eyes: Api,
    operator: String,
    say: Say<'a>,
}

/// What the server says of the operator.
struct Shown {
    status: String,
    since: String,
    phone: String,
    last_seen: Option<String>,
    until: Option<String>,
}

/// Spends the day.
///
/// # Errors
/// The server does not do as documented, or does not answer.
pub(crate) async fn spend(url: &str, email: &str, password: &str, say: Say<'_>) -> Result<(), Failure> {
    let nobody = Api::at(url)?;
    let (app, login) = nobody.log_in(email, password).await?;
    let (eyes, _) = nobody.log_in(email, password).await?;
    let operator = text(&login["operator"]["id"])?;
    say(format!("Logged in as {}. The token goes into the key chain.", login["operator"]["name"]));
    let mut day = Day { app, eyes, operator, say };
    day.begins_alone().await?;
    day.foreground_and_background().await?;
    day.lapse().await?;
    day.lift_and_tunnel().await?;
    day.two_devices().await?;
    day.appear_offline().await?;
    day.message(&nobody, &text(&login["account"]["widget_key"])?).await?;
    day.log_out().await?;
    (day.say)("The day is over, and all was as documented.".to_owned());
    Ok(())
}

impl Day<'_> {
    /// The story is about this phone: nothing else may make its operator online.
    async fn begins_alone(&mut self) -> Result<(), Failure> {
        let me = self.me().await?;
        let elsewhere = devices(&me).find(|device| device["state"] != "offline");
        if let Some(device) = elsewhere {
            return Err(format!("this operator is connected elsewhere: {device}").into());
        }
        if me["appear_offline"] == true {
            return Err("this operator appears offline; switch that off first".into());
        }
        self.expect("before", "offline", None).await.map(drop)
    }

    async fn foreground_and_background(&mut self) -> Result<(), Failure> {
        let phone = self.opened("The app is opened").await?;
        let online = self.expect("a socket in the foreground", "online", Some("online")).await?;

        let until = self.lease("It goes into the background: a lease first", 600.0).await?;
        phone.bye().await?;
        self.tell("… then `bye`.");
        let leased = self.expect("a lease in the background", "online", Some("online")).await?;
        same("there was no moment without", &leased.since, &online.since)?;
        same("the lease's end is shown", leased.until.as_deref().unwrap_or_default(), &until)?;

        let phone = self.opened("It is opened again").await?;
        self.end_lease("The lease has done its duty").await?;
        self.expect("the socket holds", "online", None).await?;
        phone.bye().await?;
        self.tell("It is closed for good: `bye` without a lease.");
        self.expect("at once", "offline", Some("offline")).await.map(drop)
    }

    async fn lapse(&mut self) -> Result<(), Failure> {
        let until = self.lease("A short lease, and the app is never heard of again", 1.5).await?;
        self.expect("the lease", "online", Some("online")).await?;
        let lapsed = self.becomes("offline").await?;
        if lapsed.since < until {
            return Err(format!("offline since {}, before the lease ended: {until}", lapsed.since).into());
        }
        self.tell("It lapsed: offline. An app that lives renews in time.");
        Ok(())
    }

    async fn lift_and_tunnel(&mut self) -> Result<(), Failure> {
        let phone = self.opened("The app is opened").await?;
        let before = self.expect("as before", "online", Some("online")).await?;
        drop(phone);
        self.tell("A lift: the connection breaks without a word.");
        self.becomes_phone("reconnecting").await?;
        self.expect("it lingers", "online", Some("reconnecting")).await?;
        let phone = self.opened("The lift opens").await?;
        let after = self.expect("as if nothing had been", "online", Some("online")).await?;
        same("nobody saw it", &after.since, &before.since)?;

        drop(phone);
        let broke = self.becomes_phone("reconnecting").await?;
        self.tell("A tunnel: it breaks and does not come back.");
        let gone = self.becomes("offline").await?;
        self.tell(&format!("After the grace: offline, dated back to the last sign of life, {}.", gone.since));
        same("dated back", &gone.since, broke.last_seen.as_deref().unwrap_or_default())
    }

    async fn two_devices(&mut self) -> Result<(), Failure> {
        let phone = self.opened("The app is opened").await?;
        let device = json!({ "id": DESK, "kind": "dashboard", "name": "Desk" });
        let hello = json!({ "type": "hello", "device": device, "state": "online" });
        let (mut desk, _) = self.app.socket("/ws/operator", hello).await?;
        desk.ask(json!({ "type": "presence", "state": "offline" })).await?;
        self.tell("At the desk `offline` is chosen.");
        self.expect("the phone counts", "online", Some("online")).await?;
        phone.bye().await?;
        self.tell("The phone says `bye`.");
        self.expect("a device that chose offline counts for nothing", "offline", Some("offline")).await?;
        desk.bye().await
    }

    async fn appear_offline(&mut self) -> Result<(), Failure> {
        let mut phone = self.opened("The app is opened").await?;
        phone.ask(json!({ "type": "appear_offline", "on": true })).await?;
        self.tell("\"Appear offline\" is switched on: for the person, not for the phone.");
        self.expect("it wins over every device", "offline", Some("online")).await?;
        phone.ask(json!({ "type": "appear_offline", "on": false })).await?;
        self.expect("and back", "online", Some("online")).await?;
        phone.bye().await
    }

    /// A visitor writes while the app sleeps; the app is opened, catches up, shows, answers.
    async fn message(&mut self, nobody: &Api, key: &str) -> Result<(), Failure> {
        let page = json!({ "url": "https://shop.test/basket", "title": "Basket" });
        let hello = json!({ "type": "hello", "key": key, "page": page });
        let (mut eva, _) = nobody.socket("/ws/visitor", hello).await?;
        let client_id = format!("example-{}", self.operator);
        let written =
            eva.ask(json!({ "type": "message", "text": "Is anybody there?", "client_id": client_id })).await?;
        let conversation = text(&written["conversation"])?;
        self.tell("A visitor writes while nobody is there.");

        let mut phone = self.opened("A push of your own woke the user, and the app is opened").await?;
        let open = json!({ "type": "open", "conversation": conversation, "after": 0, "peek": true });
        let opened = phone.ask(open).await?;
        let last = opened["messages"].as_array().and_then(|all| all.last()).ok_or("the message is not there")?.clone();
        same("what was missed", &text(&last["text"])?, "Is anybody there?")?;
        self.unread(&conversation, 1).await?;
        self.tell("Catching up by `open` with `after` and `peek` is not reading: it is still unread.");

        phone.ask(json!({ "type": "read", "conversation": conversation, "seq": last["seq"] })).await?;
        self.unread(&conversation, 0).await?;
        self.tell("It came into view: `read`.");

        let reply = json!({
            "type": "message", "conversation": conversation, "text": "We are.", "client_id": "example-reply",
        });
        let first = phone.ask(reply.clone()).await?;
        drop(phone);
        let mut phone =
            self.opened("The answer is sent, and the connection breaks before the acknowledgement is read").await?;
        let second = phone.ask(reply).await?;
        same("the same message under the same `client_id`", &first["seq"].to_string(), &second["seq"].to_string())?;
        self.tell("Sent again under the same `client_id`: it is there once.");
        phone.ask(json!({ "type": "close", "conversation": conversation })).await?;
        phone.bye().await?;
        eva.bye().await
    }

    async fn log_out(&mut self) -> Result<(), Failure> {
        let mut phone = self.opened("The app is opened").await?;
        self.lease("A lease besides", 600.0).await?;
        self.app.must(Method::POST, "/api/v1/logout", None).await?;
        let closed = phone.wait("close").await?;
        same("the log-out ends the socket", &closed["code"].to_string(), "4001")?;
        self.tell("Log-out: the socket is closed with 4001, the lease is gone.");
        self.expect("at once", "offline", Some("offline")).await?;
        let (status, _) = self.app.call(Method::GET, "/api/v1/me", None).await?;
        same("the token is no good any more", status.as_str(), StatusCode::UNAUTHORIZED.as_str())
    }
}

/// What the app does again and again.
impl Day<'_> {
    fn tell(&mut self, what: &str) {
        (self.say)(what.to_owned());
    }

    async fn opened(&mut self, what: &str) -> Result<Socket, Failure> {
        self.tell(&format!("{what}: a socket, `hello` of a mobile device."));
        let device = json!({ "id": PHONE, "kind": "mobile", "name": "Phone" });
        let hello = json!({ "type": "hello", "device": device, "state": "online" });
        Ok(self.app.socket("/ws/operator", hello).await?.0)
    }

    /// Until when it holds.
    async fn lease(&mut self, what: &str, ttl_s: f64) -> Result<String, Failure> {
        let until = text(&self.put_lease("online", ttl_s).await?["until"])?;
        self.tell(&format!("{what}: PUT /api/v1/presence for {ttl_s} s, until {until}."));
        Ok(until)
    }

    async fn end_lease(&mut self, what: &str) -> Result<(), Failure> {
        // `offline` would end it too, but would also be the device's choice. A shorter one takes its place.
        self.put_lease("online", 0.001).await?;
        self.tell(&format!("{what}: one of a millisecond takes its place."));
        Ok(())
    }

    async fn put_lease(&mut self, state: &str, ttl_s: f64) -> Result<Value, Failure> {
        let device = json!({ "id": PHONE, "kind": "mobile", "name": "Phone" });
        let lease = json!({ "device": device, "state": state, "ttl_s": ttl_s });
        self.app.must(Method::PUT, "/api/v1/presence", Some(lease)).await
    }
}

/// What the server makes of it.
impl Day<'_> {
    async fn me(&mut self) -> Result<Value, Failure> {
        let presence = self.eyes.must(Method::GET, "/api/v1/presence", None).await?;
        let mut operators = presence["operators"].as_array().into_iter().flatten();
        let me = operators.find(|operator| operator["id"] == self.operator);
        Ok(me.ok_or("the operator is not among the operators")?.clone())
    }

    async fn seen(&mut self) -> Result<Shown, Failure> {
        let me = self.me().await?;
        let phone = devices(&me).find(|device| device["id"] == PHONE);
        Ok(Shown {
            status: text(&me["status"])?,
            since: text(&me["since"])?,
            phone: phone.map_or(Ok("offline".to_owned()), |phone| text(&phone["state"]))?,
            last_seen: phone.and_then(|phone| phone["last_seen"].as_str()).map(str::to_owned),
            until: phone.and_then(|phone| phone["until"].as_str()).map(str::to_owned),
        })
    }

    /// The server says so right now.
    async fn expect(&mut self, what: &str, status: &str, phone: Option<&str>) -> Result<Shown, Failure> {
        let seen = self.seen().await?;
        self.tell(&format!("    {} since {}, the phone is {} ({what})", seen.status, seen.since, seen.phone));
        same(what, &seen.status, status)?;
        phone.map_or(Ok(()), |phone| same(what, &seen.phone, phone))?;
        Ok(seen)
    }

    async fn becomes(&mut self, status: &str) -> Result<Shown, Failure> {
        self.until(status, |seen| seen.status == status).await
    }

    async fn becomes_phone(&mut self, state: &str) -> Result<Shown, Failure> {
        self.until(state, |seen| seen.phone == state).await
    }

    async fn until(&mut self, what: &str, is: impl Fn(&Shown) -> bool) -> Result<Shown, Failure> {
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            let seen = self.seen().await?;
            if is(&seen) {
                return Ok(seen);
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Err(format!("it did not become {what} within {PATIENCE:?}").into())
    }

    async fn unread(&mut self, conversation: &str, wanted: u64) -> Result<(), Failure> {
        let path = format!("/api/v1/conversations/{conversation}");
        let shown = self.eyes.must(Method::GET, &path, None).await?;
        same("unread", &shown["unread"].to_string(), &wanted.to_string())
    }
}

fn devices(operator: &Value) -> impl Iterator<Item = &Value> {
    operator["devices"].as_array().into_iter().flatten()
}

fn same(what: &str, is: &str, should: &str) -> Result<(), Failure> {
    if is == should { Ok(()) } else { Err(format!("{what}: it is {is}, and should be {should}").into()) }
}
