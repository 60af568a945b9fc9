//! Where the Redis is, and how one gets a connection to it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use redis::aio::{MultiplexedConnection, PubSub};
use redis::io::tcp::TcpSettings;
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo, ProtocolVersion, RedisError,
    TlsCertificates,
};
use tokio::time::timeout;

/// How long a connection may take to be made, log-in and choice of the database included, where another try follows.
pub(super) const CONNECT_MAX: Duration = Duration::from_secs(1);
/// How long a sentinel may take to answer; then the next one is asked.
const SENTINEL_MAX: Duration = Duration::from_millis(500);
/// How many requests a connection takes before whoever asks waits.
const PIPELINE_LEN: usize = 1_024;

/// What each certificate in a file begins with.
const NEEDLE: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// The address of a store says where no Redis can be. It does not repeat the address: that may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BadAddress;

/// Where the Redis is.
#[derive(Clone, Debug)]
pub(super) struct Address {
    /// The server itself; through Sentinel only how to log in, and the database.
    server: ConnectionInfo,
    sentinel: Option<Sentinel>,
}

/// Who knows which server is the master.
#[derive(Clone, Debug)]
struct Sentinel {
    /// `HOST:PORT` each.
    watchers: Vec<(String, u16)>,
    /// Which of them is asked first.
    first: Arc<AtomicUsize>,
    master: String,
}

impl Address {
    /// `redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE]`, the same with `rediss:` (TLS), `redis+unix:///PATH`, or
    /// `redis-sentinel://[USER:PASSWORD@]HOST:PORT,HOST:PORT,…/MASTER[/DATABASE]`.
    pub(super) fn parse(url: &str) -> Result<Self, BadAddress> {
        match url.strip_prefix("redis-sentinel://") {
            Some(rest) => Self::parse_sentinel(rest),
            None => Ok(Self { server: server(url)?, sentinel: None }),
        }
    }

    fn parse_sentinel(rest: &str) -> Result<Self, BadAddress> {
        let (who, place) = rest.rsplit_once('@').map_or((None, rest), |(who, place)| (Some(who), place));
        let mut parts = place.split('/');
        let hosts = parts.next().unwrap_or_default();
        let master = parts.next().filter(|name| !name.is_empty()).ok_or(BadAddress)?.to_owned();
        let database = parts.next().unwrap_or("0");
        if parts.next().is_some() {
            return Err(BadAddress);
        }
        let watchers = hosts.split(',').map(host_and_port).collect::<Option<Vec<_>>>().ok_or(BadAddress)?;
        let log_in = who.map(|who| format!("{who}@")).unwrap_or_default();
        let server = server(&format!("redis://{log_in}127.0.0.1/{database}"))?;
        Ok(Self { server, sentinel: Some(Sentinel { watchers, first: Arc::default(), master }) })
    }

    /// Believes these authorities (certificates, PEM) instead of the public ones, where the server is spoken to over TLS.
    ///
    /// # Errors
    /// They are none; the sentence says so.
    pub(super) fn trust(&mut self, authorities: Vec<u8>) -> Result<(), String> {
        const NONE: &str = "it holds no certificates (PEM)";
        if !authorities.windows(NEEDLE.len()).any(|text| text == NEEDLE) {
            return Err(NONE.to_owned());
        }
        if self.is_over_tls() {
            let certificates = TlsCertificates { client_tls: None, root_cert: Some(authorities) };
            let client = Client::build_with_tls(self.server.clone(), certificates);
            self.server = client.map_err(|e| format!("{NONE}: {}", said(&e)))?.get_connection_info().clone();
        }
        Ok(())
    }

    fn is_over_tls(&self) -> bool {
        matches!(self.server.addr(), ConnectionAddr::TcpTls { .. })
    }

    /// What to look at when it cannot be reached, for this reason.
    pub(super) fn remedy(&self, why: &str) -> &'static str {
        if why.contains("NOAUTH") {
            "it wants a password: put it into store.url, redis://USER:PASSWORD@HOST:PORT/DATABASE (redis://:PASSWORD@… for its default \
             user)"
        } else if self.is_over_tls() {
            "check that it runs, that this port speaks TLS, that its certificate bears this name and is of a public authority or of one \
             in store.ca_file, and that store.url has its address and password"
        } else {
            "check that it runs, that store.url has its address and password, and that this port speaks without TLS (with it: \
             rediss://)"
        }
    }

    /// The number of the database.
    pub(super) fn database(&self) -> i64 {
        self.server.redis_settings().db()
    }

    /// What it is called in messages: without a password.
    pub(super) fn name(&self) -> String {
        match &self.sentinel {
            None => self.server.addr().to_string(),
            Some(sentinel) => {
                let watchers: Vec<_> = sentinel.watchers.iter().map(|(host, port)| format!("{host}:{port}")).collect();
                format!("{} (through Sentinel at {})", sentinel.master, watchers.join(", "))
            }
        }
    }

    /// A connection for requests. Nothing is sent again by itself, and no answer is waited for longer than who asks says.
    pub(super) async fn connect(&self, within: Duration) -> Result<MultiplexedConnection, String> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(within))
            .set_response_timeout(None)
            .set_pipeline_buffer_size(PIPELINE_LEN);
        let connecting = self.client().await?;
        match timeout(within, connecting.get_multiplexed_async_connection_with_config(&config)).await {
            Ok(connected) => connected.map_err(|e| said(&e)),
            Err(_) => Err(format!("no connection within {within:?}")),
        }
    }

    /// A connection that listens.
    pub(super) async fn listen(&self) -> Result<PubSub, String> {
        match timeout(CONNECT_MAX, self.client().await?.get_async_pubsub()).await {
            Ok(connected) => connected.map_err(|e| said(&e)),
            Err(_) => Err(format!("no connection within {CONNECT_MAX:?}")),
        }
    }

    async fn client(&self) -> Result<Client, String> {
        let server = match &self.sentinel {
            None => self.server.clone(),
            Some(sentinel) => {
                let (host, port) = sentinel.find().await?;
                self.server.clone().set_addr(ConnectionAddr::Tcp(host, port))
            }
        };
        Client::open(server).map_err(|e| said(&e))
    }
}

impl Sentinel {
    /// Where the master is, by a sentinel that knows it.
    async fn find(&self) -> Result<(String, u16), String> {
        let mut why = String::new();
        for _ in &self.watchers {
            // Each time another one: it may be cut off, and know only a master that was.
            let number = self.first.fetch_add(1, Ordering::Relaxed) % self.watchers.len();
            let (host, port) = &self.watchers[number];
            match timeout(SENTINEL_MAX, self.ask(host, *port)).await {
                Ok(Ok(found)) => return Ok(found),
                Ok(Err(said)) => why = format!("the sentinel at {host}:{port}: {said}"),
                Err(_) => why = format!("the sentinel at {host}:{port} does not answer"),
            }
        }
        Err(why)
    }

    async fn ask(&self, host: &str, port: u16) -> Result<(String, u16), String> {
        let server = server(&format!("redis://{host}:{port}")).map_err(|_| "no such address".to_owned())?;
        let client = Client::open(server).map_err(|e| said(&e))?;
        let mut sentinel = client.get_multiplexed_async_connection().await.map_err(|e| said(&e))?;
        let mut question = redis::cmd("SENTINEL");
        question.arg("GET-MASTER-ADDR-BY-NAME").arg(&self.master);
        let found: Option<(String, u16)> = question.query_async(&mut sentinel).await.map_err(|e| said(&e))?;
        found.ok_or_else(|| format!("it knows no master {}", self.master))
    }
}

fn server(url: &str) -> Result<ConnectionInfo, BadAddress> {
    let server = url.into_connection_info().map_err(|_| BadAddress)?;
    let settings = server.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
    Ok(server.set_redis_settings(settings).set_tcp_settings(TcpSettings::default().set_nodelay(true)))
}

fn host_and_port(text: &str) -> Option<(String, u16)> {
    let (host, port) = text.rsplit_once(':')?;
    (!host.is_empty()).then_some((host.to_owned(), port.parse().ok()?))
}

/// What an error says, on one line.
pub(super) fn said(error: &RedisError) -> String {
    error.to_string().trim().replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_named_without_its_password() {
        let plain = Address::parse("redis://me:hunter2@cache.test:7000/3").unwrap();
        assert_eq!((plain.name().as_str(), plain.database()), ("cache.test:7000", 3));
        let address = "redis-sentinel://:hunter2@one.test:26379,two.test:26380/main/2";
        let watched = Address::parse(address).unwrap();
        let name = "main (through Sentinel at one.test:26379, two.test:26380)";
        assert_eq!((watched.name().as_str(), watched.database()), (name, 2));
        assert_eq!(watched.server.redis_settings().password(), Some("hunter2"));
    }

    #[test]
    fn what_leads_nowhere_is_refused() {
        for url in [
            "redis://",
            "redis://host/x",
            "http://host",
            "redis-sentinel://one.test:26379",
            "redis-sentinel://one.test/main",
            "redis-sentinel://one.test:26379/",
            "redis-sentinel://one.test:26379/main/0/1",
            "redis-sentinel://one.test:26379,/main",
        ] {
            assert_eq!(Address::parse(url).err(), Some(BadAddress), "{url}");
        }
    }
}
