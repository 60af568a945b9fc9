//! What the server says of itself: its figures, and its log.

use serde_json::{Value, json};

use crate::house::{Server, eventually};
use crate::people::{Account, PASSWORD};

/// What a visitor writes: it may stand in no figure and no log.
const TEXT: &str = "where is my parcel 4711";

async fn figures(server: &Server) -> String {
    let answer = server.api().call("GET", "/metrics", None).await.unwrap();
    assert_eq!(answer.status, 200);
    answer.body
}

/// The value of a sample, by its name and labels.
fn value(text: &str, sample: &str) -> Option<f64> {
    text.lines().find_map(|line| line.strip_prefix(sample)?.strip_prefix(' ')?.parse().ok())
}

async fn wait_for(server: &Server, sample: &str, wanted: f64) {
    let look = async || (value(&figures(server).await, sample) == Some(wanted)).then_some(());
    eventually(&format!("{sample} is {wanted}"), look).await;
}

/// A message that is mailed, a frame that is refused, a wrong password.
async fn a_story(server: &Server) -> Account {
    let account = server.account("standard", 1).await;
    let mut eva = account.visitor().await;
    let said = eva.say(TEXT).await;
    account.operators[0].wait_for_decision(&said.conversation, "offline", "emailed").await;
    eventually("the letter", async || (!server.sink.accepted().is_empty()).then_some(())).await;
    let wrong = json!({ "email": account.operators[0].email, "password": "not the password" });
    assert_eq!(server.api().call("POST", "/api/v1/login", Some(wrong)).await.unwrap().status, 401);
    account
}

#[tokio::test]
async fn every_figure_counts_what_it_says() {
    let server = Server::start(&[]).await;
    let account = a_story(&server).await;
    let device = account.operators[0].at("desk", "online").await;
    let eva = account.visitor().await;
    wait_for(&server, "doorbell_connections{kind=\"operator\"}", 1.0).await;
    wait_for(&server, "doorbell_connections{kind=\"visitor\"}", 1.0).await;
    wait_for(&server, "doorbell_chat_boxes{status=\"online\"}", 1.0).await;
    wait_for(&server, "doorbell_letters_total{state=\"sent\"}", 1.0).await;
    let text = figures(&server).await;
    for (sample, wanted) in [
        ("doorbell_timers_ended_total{kind=\"offline\",how=\"fired\"}", 1.0),
        ("doorbell_timer_lateness_seconds_count", 1.0),
        ("doorbell_letters_total{state=\"queued\"}", 1.0),
        ("doorbell_smtp_answers_total{meaning=\"accepted\"}", 1.0),
        ("doorbell_refused_total{door=\"http\",code=\"unauthorized\"}", 1.0),
        ("doorbell_http_requests_total{route=\"/api/v1/login\",method=\"POST\",status=\"401\"}", 1.0),
        ("doorbell_store_up", 1.0),
        ("doorbell_devices_lingering", 0.0),
    ] {
        assert_eq!(value(&text, sample), Some(wanted), "{sample}\n{text}");
    }
    for more in ["doorbell_commits_total{outcome=\"committed\"}", "doorbell_commit_seconds_count"] {
        assert!(value(&text, more).is_some_and(|count| count > 5.0), "{more}\n{text}");
    }
    drop((device, eva));
    wait_for(&server, "doorbell_connections{kind=\"operator\"}", 0.0).await;
    wait_for(&server, "doorbell_connections{kind=\"visitor\"}", 0.0).await;
    assert!(value(&figures(&server).await, "doorbell_connections_closed_total{how=\"vanished\"}").is_some());
    wait_for(&server, "doorbell_chat_boxes{status=\"online\"}", 0.0).await;
}

#[tokio::test]
async fn a_limit_that_is_met_is_counted_under_its_setting() {
    let settings = [("limits.visitor_messages_per_minute", "1"), ("limits.login_attempts_per_minute", "20")];
    let server = Server::start(&settings).await;
    let account = server.account("free", 1).await;
    let mut eva = account.visitor().await;
    eva.say("one").await;
    let refused = eva.socket.ask(json!({ "type": "message", "text": "two", "client_id": "2" })).await;
    assert_eq!(refused["code"], "rate_limited");
    wait_for(&server, "doorbell_limited_total{limit=\"visitor_messages_per_minute\"}", 1.0).await;
    wait_for(&server, "doorbell_refused_total{door=\"visitor\",code=\"rate_limited\"}", 1.0).await;
    let limited = async || {
        // Each for an address of its own, which has a limit too.
        let email = format!("nobody-{}@nowhere.test", crate::people::number());
        let wrong = json!({ "email": email, "password": PASSWORD });
        let answer = server.api().call("POST", "/api/v1/login", Some(wrong)).await.unwrap();
        (answer.status == 429).then_some(())
    };
    eventually("too many log-ins", limited).await;
    let text = figures(&server).await;
    assert!(value(&text, "doorbell_limited_total{limit=\"login_attempts_per_minute\"}") >= Some(1.0), "{text}");
}

#[tokio::test]
async fn neither_figures_nor_the_log_tell_of_anybody() {
    let server = Server::start(&[("log.format", "'json'"), ("log.filter", "'info'")]).await;
    let account = a_story(&server).await;
    let token = account.operators[0].api.token.clone().unwrap();
    let log = std::fs::read_to_string(server.log()).unwrap();
    let texts = figures(&server).await;
    let email = account.operators[0].email.as_str();
    for secret in [TEXT, email, &token, &account.key, PASSWORD, "not the password"] {
        assert!(!log.contains(secret), "{secret} is in the log:\n{log}");
        assert!(!texts.contains(secret), "{secret} is in the figures:\n{texts}");
    }
    assert!(!texts.contains(&account.id), "an account is no label:\n{texts}");
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let fired = lines.iter().find(|line| line["message"] == "a timer fired").expect("the log tells of it");
    assert_eq!((&fired["account"], &fired["reason"]), (&json!(account.id), &json!("emailed")));
    let login = lines.iter().find(|line| line["message"] == "an operator logged in").expect("the log tells of it");
    assert!(login["span"]["id"].is_string(), "{login}");
}

#[tokio::test]
async fn a_head_that_does_not_come_is_given_up() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let server = Server::start(&[("limits.handshake_deadline", "'3s'")]).await;
    let mut slow = tokio::net::TcpStream::connect(server.address).await.unwrap();
    slow.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n").await.unwrap();
    let mut answer = String::new();
    slow.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    drop(slow);
    wait_for(&server, "doorbell_limited_total{limit=\"handshake_deadline\"}", 1.0).await;
    let _quick = server.account("free", 1).await;
    assert_eq!(value(&figures(&server).await, "doorbell_limited_total{limit=\"handshake_deadline\"}"), Some(1.0));
}
