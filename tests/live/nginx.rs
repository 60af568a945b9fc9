//! nginx in front: the configuration that we hand out, as it stands but for addresses, times and TLS.

use std::fs::{self, File, Permissions};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::json;
use tempfile::TempDir;
use tokio::net::{TcpSocket, TcpStream};

use crate::house::{Server, eventually, free_port};
use crate::people::Visitor;
use crate::redis_server::RedisServer;
use crate::wire::Wire;

/// As the server knows the proxy, which is not where clients of the tests come from.
const BEHIND: (&str, &str) = ("server.trusted_proxies", "['127.0.0.1']");

/// A proxy of its own. It is ended when this is dropped.
struct Nginx {
    address: SocketAddr,
    process: Child,
    dir: TempDir,
}

impl Nginx {
    /// One in front of these nodes, which cuts sockets that are silent for `silence`.
    async fn start(nodes: &[SocketAddr], silence: &str) -> Self {
        let dir = TempDir::with_prefix("doorbell-nginx-").unwrap();
        // Where it was started by root, its workers are somebody else.
        fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let config = dir.path().join("nginx.conf");
        fs::write(&config, adapted(address, nodes, silence)).unwrap();
        let log = File::create(dir.path().join("log")).unwrap();
        let debians = Path::new("/usr/sbin/nginx");
        let mut command = Command::new(if debians.exists() { debians } else { Path::new("nginx") });
        command.arg("-p").arg(dir.path()).arg("-c").arg(&config).args(["-e", "stderr"]);
        command.args(["-g", "daemon off; pid pid;"]);
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        let process = command.spawn().expect("nginx is installed: `scripts/test` does that");
        let mut nginx = Self { address, process, dir };
        eventually("nginx listens", async || {
            let ended = nginx.process.try_wait().unwrap();
            assert!(ended.is_none(), "nginx ended: {ended:?}: {}", nginx.log());
            TcpStream::connect(address).await.ok()
        })
        .await;
        nginx
    }

    fn log(&self) -> String {
        fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Asked, it ends its workers, too. It may have ended already.
        let _ = Command::new("kill").arg(self.process.id().to_string()).status();
        let _ = self.process.wait();
        if std::thread::panicking() {
            println!("the log of nginx at {}:\n{}", self.address, self.log());
        }
    }
}

/// Our configuration with other addresses and times. Each of its lines that is changed must be there.
fn adapted(address: SocketAddr, nodes: &[SocketAddr], silence: &str) -> String {
    const NODE: &str = "max_fails=1 fail_timeout=5s;";
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/deploy/nginx.conf")).unwrap();
    let [ours, others] = [8080, 8081].map(|port| format!("server 127.0.0.1:{port} {NODE}"));
    let lines = nodes.iter().map(|node| format!("server {node} {NODE}\n")).collect::<Vec<_>>().concat();
    let paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(|what| format!("{what}_temp_path {what};\n"));
    let changes = [
        ("worker_processes auto;", "worker_processes 1;".to_owned()),
        // Takes the right to raise limits, and many files.
        ("worker_rlimit_nofile 131072;", String::new()),
        ("worker_connections 65536;", "worker_connections 512;".to_owned()),
        ("http {", format!("http {{\naccess_log off;\n{}", paths.concat())),
        (ours.as_str(), lines),
        (others.as_str(), String::new()),
        ("listen 80;", format!("listen 127.0.0.1:{};", free_port())),
        ("listen 443 ssl;", format!("listen {address};")),
        ("ssl_certificate /etc/letsencrypt/live/chat.example.com/fullchain.pem;", String::new()),
        ("ssl_certificate_key /etc/letsencrypt/live/chat.example.com/privkey.pem;", String::new()),
        ("proxy_read_timeout 120s;", format!("proxy_read_timeout {silence};")),
    ];
    changes.into_iter().fold(text, |text, (line, instead)| {
        assert_eq!(
            text.matches(line).count(),
            1,
            "`{line}` is no line of nginx.conf any more: change the test with it"
        );
        text.replace(line, &instead)
    })
}

/// An address at which nobody answers: a node that is away.
fn nobody() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], free_port()))
}

#[tokio::test]
async fn a_conversation_goes_on_through_nginx_whichever_node_is_away() {
    let mut server = Server::start(&[BEHIND]).await;
    let node = server.address;
    let nginx = Nginx::start(&[nobody(), node, nobody()], "120s").await;
    // From here on everybody comes by the proxy.
    server.address = nginx.address;
    let account = server.account("standard", 1).await;
    let mut desk = account.operators[0].at("desk", "online").await;
    let mut visitor = account.visitor().await;
    let said = visitor.say("Is anybody there?").await;
    let is =
        |words: &'static str| move |frame: &serde_json::Value| frame["type"] == "message" && frame["text"] == words;
    desk.socket.wait("the visitor's message", is("Is anybody there?")).await;
    desk.reply(&said.conversation, "Yes.").await;
    visitor.socket.wait("the reply", is("Yes.")).await;

    server.terminate();
    assert_eq!((visitor.socket.closed().await, desk.socket.closed().await), (Some(1012), Some(1012)));
    assert!(server.ended().await.success());
    // While no node is there, nginx says so itself, and whoever comes tries again.
    assert!(Visitor::come(nginx.address, &account.key, Some(&visitor.token)).await.is_none());
    server.address = node;
    server.begin().await;
    let back = eventually("the visitor is back by the same way", async || {
        Visitor::come(nginx.address, &account.key, Some(&visitor.token)).await
    })
    .await;
    let messages = back.welcome["conversation"]["messages"].as_array().expect("a list");
    let texts: Vec<_> = messages.iter().filter_map(|message| message["text"].as_str()).collect();
    assert!(texts.contains(&"Is anybody there?") && texts.contains(&"Yes."), "{texts:?}");
}

/// Whether a node counts a visitor's socket.
async fn has_visitors(node: SocketAddr) -> bool {
    let figures = Wire::say(node, b"GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n").await.told().await.body;
    figures.lines().any(|line| line.starts_with("doorbell_connections{kind=\"visitor\"}") && !line.ends_with(" 0"))
}

#[tokio::test]
async fn nodes_are_restarted_behind_nginx_one_after_another_and_nobody_is_turned_away() {
    let redis = RedisServer::start();
    let url = format!("'{}'", redis.url());
    let settings = [BEHIND, ("store.url", url.as_str())];
    let (mut one, mut two) = (Server::start(&settings).await, Server::start(&settings).await);
    let nodes = [one.address, two.address];
    let nginx = Nginx::start(&nodes, "120s").await;
    one.address = nginx.address;
    let account = one.account("standard", 1).await;
    one.address = nodes[0];
    let desk = account.operators[0].at("desk", "online").await;
    let mut visitor = account.visitor().await;
    let said = visitor.say("Do you move house?").await;
    for node in [&mut one, &mut two] {
        assert!(node.stop().await.success());
        // Nobody is at one of the two addresses now, and nobody notices.
        assert!(Visitor::come(nginx.address, &account.key, None).await.is_some());
        node.begin().await;
        // The other one may go when nginx has noticed that this one is back.
        eventually("nginx lets somebody in there", async || {
            let _visitor = Visitor::come(nginx.address, &account.key, None).await?;
            has_visitors(node.address).await.then_some(())
        })
        .await;
    }
    // Each of the nodes has ended, so whichever they were on, they were told.
    assert_eq!((visitor.socket.closed().await, desk.socket.closed().await), (Some(1012), Some(1012)));
    let back = eventually("the visitor is back", async || {
        Visitor::come(nginx.address, &account.key, Some(&visitor.token)).await
    })
    .await;
    let mut desk = account.operators[0].at("desk", "online").await;
    desk.reply(&said.conversation, "Twice today.").await;
    back.socket.wait("the reply", |frame| frame["type"] == "message" && frame["text"] == "Twice today.").await;
}

/// A log-in attempt through a proxy from an address of this machine: its status.
async fn attempt(proxy: SocketAddr, from: IpAddr, header: &str) -> u16 {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((from, 0).into()).unwrap();
    let body = json!({ "email": format!("nobody-{}@nowhere.test", crate::people::number()), "password": "wrong" });
    let (body, length) = (body.to_string(), body.to_string().len());
    let request = format!("POST /api/v1/login HTTP/1.1\r\nhost: x\r\n{header}content-length: {length}\r\n\r\n{body}");
    let mut wire = Wire::on(socket.connect(proxy).await.unwrap());
    wire.more(request.as_bytes()).await;
    wire.told().await.status
}

#[tokio::test]
async fn limits_count_the_client_behind_nginx_and_figures_stay_inside() {
    let server = Server::start(&[BEHIND, ("limits.login_attempts_per_minute", "2")]).await;
    let nginx = Nginx::start(&[server.address], "120s").await;
    let [one, other] = [2, 3].map(|n| IpAddr::V4(Ipv4Addr::new(127, 0, 0, n)));
    let made_up = "x-forwarded-for: 192.0.2.1\r\n";
    let mut statuses = Vec::new();
    for (from, header) in [(one, ""), (one, made_up), (one, ""), (one, made_up), (other, "")] {
        statuses.push(attempt(nginx.address, from, header).await);
    }
    assert_eq!(statuses, [401, 401, 429, 429, 401]);
    let ask = |path: &str| format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n");
    assert_eq!(Wire::say(server.address, ask("/metrics").as_bytes()).await.told().await.status, 200);
    assert_eq!(Wire::say(nginx.address, ask("/metrics").as_bytes()).await.told().await.status, 404);
}

#[tokio::test]
async fn our_pings_keep_nginx_from_cutting_an_idle_visitor() {
    let heartbeats = [("presence.visitor_heartbeat", "'1s'"), ("presence.heartbeat", "'10m'")];
    let mut server = Server::start(&[&[BEHIND], &heartbeats[..]].concat()).await;
    let nginx = Nginx::start(&[server.address], "4s").await;
    server.address = nginx.address;
    let account = server.account("standard", 1).await;
    let mut visitor = account.visitor().await;
    // Invisible, so that nobody is told of anything; and not pinged, so that nginx ends it.
    let desk = account.operators[0].at("desk", "offline").await;
    assert_eq!(desk.socket.closed().await, None, "nginx cuts what is silent for longer than its time");
    // It was silent for longer, but for its pings.
    visitor.say("Still here.").await;
}

#[tokio::test]
async fn a_node_that_is_about_to_end_refuses_whoever_comes_so_that_a_proxy_asks_another() {
    let server = Server::start(&[("server.drain", "'5s'")]).await;
    let account = server.account("standard", 1).await;
    let mut visitors = Vec::new();
    for _ in 0..8 {
        visitors.push(account.visitor().await);
    }
    server.terminate();
    assert_eq!(visitors[0].socket.closed().await, Some(1012));
    let came = TcpStream::connect(server.address).await;
    assert!(came.is_err(), "it would wait at a door that nobody opens any more");
}
