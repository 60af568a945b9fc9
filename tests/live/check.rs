//! `doorbell check`: what is right and wrong, with the DNS of the test's own.

use serde_json::Value;

use crate::dns::{Act, Dns};
use crate::house::Server;
use crate::sink::{At, CA_FILE, Sink, Tls};

/// The sender of these servers.
const FROM: (&str, &str) = ("mail.from", "'notify@example.com'");

/// What was found, and how the command ended.
struct Checked {
    code: Option<i32>,
    report: Value,
    errors: String,
}

impl Checked {
    async fn of(server: &Server, dns: &Dns, more: &[&str]) -> Self {
        let resolver = dns.address.to_string();
        let output = server.cli(&[&["check", "--json", "--resolver", &resolver], more].concat(), "").await;
        let errors = String::from_utf8(output.stderr).unwrap();
        let report = serde_json::from_slice(&output.stdout).unwrap_or_else(|why| panic!("{why}: {errors}"));
        Self { code: output.status.code(), report, errors }
    }

    fn finding(&self, subject: &str) -> &Value {
        let findings = self.report["findings"].as_array().unwrap();
        findings
            .iter()
            .find(|finding| finding["subject"] == subject)
            .unwrap_or_else(|| panic!("{subject}: {}", self.report))
    }

    /// It stands so, and says this somewhere.
    fn says(&self, subject: &str, state: &str, said: &str) {
        let finding = self.finding(subject);
        assert_eq!(finding["state"], state, "{finding}");
        assert!(finding.to_string().contains(said), "{said} is missing: {finding}");
    }

    /// It says to put this there.
    fn publishes(&self, subject: &str, name: &str, value: &str) {
        let record = &self.finding(subject)["record"];
        let found = (record["name"].as_str(), record["type"].as_str(), record["value"].as_str());
        assert_eq!(found, (Some(name), Some("TXT"), Some(value)));
    }
}

/// A domain that has everything; mail comes from 198.51.100.7.
fn good() -> Dns {
    let dns = Dns::start();
    dns.mx("example.com", 20, "mx2.example.com");
    dns.mx("example.com", 10, "mx1.example.com");
    dns.txt("example.com", "some-verification=1");
    dns.txt("example.com", "v=spf1 include:_spf.relay.com -all");
    dns.txt("_spf.relay.com", "v=spf1 ip4:198.51.100.0/24 ip6:2001:db8:7::/48 ~all");
    dns.txt("_dmarc.example.com", "v=DMARC1; p=reject; rua=mailto:dmarc@example.com");
    dns.address("mail.example.com", "198.51.100.7");
    dns.ptr("7.100.51.198.in-addr.arpa", "mail.example.com");
    dns
}

#[tokio::test]
async fn what_is_right_is_said_and_the_command_succeeds() {
    let (server, dns) = (Server::start(&[FROM]).await, good());
    let checked = Checked::of(&server, &dns, &["--sends-from", "198.51.100.7"]).await;
    assert_eq!((checked.code, checked.errors.as_str()), (Some(0), ""), "{}", checked.report);
    checked.says("configuration", "ok", "doorbell.toml");
    checked.says("store", "ok", "doorbell.db can be read and written");
    checked.says("address", "ok", "is ready");
    checked.says("public_url", "warning", "this machine itself");
    checked.says("relay", "ok", "mx.sink.test answers at 127.0.0.1:");
    checked.says("bounces", "ok", "mx1.example.com, mx2.example.com");
    checked.says("SPF", "ok", "covers 198.51.100.7 and takes 1 of 10 look-ups");
    checked.says("DKIM", "warning", "not signed");
    checked.says("DMARC", "ok", "p=reject");
    checked.says("reverse DNS", "ok", "198.51.100.7 is mail.example.com");
    assert_eq!(checked.report["summary"]["wrong"], 0);
    let told = server.cli(&["check", "--resolver", &dns.address.to_string(), "--verbose"], "").await;
    let told = String::from_utf8(told.stdout).unwrap();
    assert!(told.contains("ok       store") && told.contains("warning  public_url"), "{told}");
    assert!(told.contains("C: EHLO [127.0.0.1]") && !told.contains('\u{1b}'), "{told}");
}

#[tokio::test]
async fn what_is_missing_is_told_with_the_record_to_publish() {
    let (mut server, dns) = (Server::start(&[FROM]).await, Dns::start());
    server.stop().await;
    let checked = Checked::of(&server, &dns, &["--sends-from", "198.51.100.7", "--sends-from", "2001:db8::7"]).await;
    assert_eq!(checked.code, Some(1));
    assert!(checked.errors.contains("2 things are wrong"), "{}", checked.errors);
    checked.says("address", "ok", "is free");
    checked.says("bounces", "wrong", "neither MX nor address");
    checked.says("SPF", "wrong", "has no SPF record");
    checked.publishes("SPF", "example.com", "v=spf1 ip4:198.51.100.7 ip6:2001:db8::7 ~all");
    checked.says("DMARC", "warning", "Neither example.com nor a domain above it");
    checked.publishes("DMARC", "_dmarc.example.com", "v=DMARC1; p=none; rua=mailto:postmaster@example.com");
    checked.says("reverse DNS", "warning", "no name that leads back");
}

#[tokio::test]
async fn letters_that_nothing_vouches_for_are_told() {
    let (server, dns) = (Server::start(&[FROM]).await, good());
    let checked = Checked::of(&server, &dns, &["--sends-from", "203.0.113.9"]).await;
    assert_eq!(checked.code, Some(1));
    checked.says("SPF", "wrong", "does not cover 203.0.113.9");
    checked.publishes("SPF", "example.com", "v=spf1 include:_spf.relay.com ip4:203.0.113.9 -all");
    checked.says("DMARC", "wrong", "SPF does not vouch");
}

#[tokio::test]
async fn broken_records_are_told() {
    let server = Server::start(&[FROM]).await;
    for (records, said) in [
        (vec!["v=spf1 a -all", "v=spf1 mx -all"], "2 SPF records"),
        (vec!["v=spf1 ip4:198.51.100.300 -all"], "cannot be read"),
        (vec!["v=spf1 ip4:198.51.100.7 +all"], "lets everybody send"),
        (vec!["v=spf1 a a a a a a a a a a a ip4:198.51.100.7 -all"], "11 look-ups"),
        (vec!["v=spf1 include:nowhere.com -all"], "without SPF"),
        (vec!["v=spf1 include:everybody.com ~all"], "leave that domain out"),
    ] {
        let dns = Dns::start();
        dns.txt("everybody.com", "v=spf1 +all");
        records.iter().for_each(|record| dns.txt("example.com", record));
        dns.txt("_dmarc.example.com", "v=DMARC1; p=maybe");
        let checked = Checked::of(&server, &dns, &["--sends-from", "198.51.100.7"]).await;
        checked.says("SPF", "wrong", said);
        checked.says("DMARC", "wrong", "cannot be read");
    }
}

#[tokio::test]
async fn what_is_weak_is_told_also_where_nobody_knows_from_where_letters_come() {
    let server = Server::start(&[FROM, ("mail.smtp_url", "'file:outbox/'")]).await;
    for (record, said) in [
        ("v=spf1 include=_spf.relay.com ~all", "written include: with a colon"),
        ("v=spf1 mx ?all", "v=spf1 mx ~all"),
        ("v=spf1 mx ~all", "--sends-from IP"),
    ] {
        let dns = Dns::start();
        dns.txt("example.com", record);
        Checked::of(&server, &dns, &[]).await.says("SPF", "warning", said);
    }
}

#[tokio::test]
async fn names_with_odd_marks_are_looked_up_and_names_that_cannot_be_are_not_there() {
    let server = Server::start(&[("mail.from", "'chat+x@example.com'")]).await;
    let dns = Dns::start();
    let long = "x".repeat(64);
    dns.txt("example.com", &format!("v=spf1 a:{long}.com exists:%{{l}}.-_.%{{d}} -all"));
    dns.address("chat+x.-_.example.com", "127.0.0.2");
    let checked = Checked::of(&server, &dns, &["--sends-from", "198.51.100.7"]).await;
    checked.says("SPF", "ok", "covers 198.51.100.7");
}

#[tokio::test]
async fn what_cannot_be_looked_up_is_not_said_to_be_missing() {
    let server = Server::start(&[FROM]).await;
    let dns = Dns::start();
    dns.act("example.com", Act::Fail);
    dns.act("_dmarc.example.com", Act::Silence);
    let checked = Checked::of(&server, &dns, &["--sends-from", "198.51.100.7"]).await;
    assert_eq!(checked.code, Some(0), "nothing is known to be wrong: {}", checked.report);
    for (subject, why) in
        [("bounces", "could not be looked up"), ("SPF", "could not be looked up"), ("DMARC", "no answer")]
    {
        checked.says(subject, "warning", why);
    }
}

#[tokio::test]
async fn an_answer_that_does_not_fit_is_asked_for_over_tcp() {
    let (server, dns) = (Server::start(&[FROM]).await, Dns::start());
    let long: Vec<String> = (1..120).map(|n| format!("ip4:198.51.100.{n}")).collect();
    dns.txt("example.com", &format!("v=spf1 {} -all", long.join(" ")));
    dns.act("example.com", Act::Truncate);
    let checked = Checked::of(&server, &dns, &["--sends-from", "198.51.100.77"]).await;
    checked.says("SPF", "ok", "covers 198.51.100.77");
    assert!(dns.over_tcp() > 0);
}

#[tokio::test]
async fn a_relay_elsewhere_may_send_from_elsewhere() {
    let url = ("mail.smtp_url", "'smtp://relay.example.com:2525'");
    let server = Server::start(&[FROM, url]).await;
    let dns = good();
    dns.address("relay.example.com", "203.0.113.9");
    let checked = Checked::of(&server, &dns, &[]).await;
    checked.says("relay", "wrong", "relay.example.com:2525 cannot be reached");
    checked.says("SPF", "warning", "--sends-from");
    checked.publishes("SPF", "example.com", "v=spf1 include:_spf.relay.com a:relay.example.com -all");
    checked.says("DMARC", "ok", "not known");
}

#[tokio::test]
async fn keys_of_dkim_are_looked_up_where_letters_are_signed() {
    let folder = tempfile::TempDir::with_prefix("doorbell-check-").unwrap();
    let key = folder.path().join("dkim.pem");
    std::fs::write(&key, include_str!("../mail/keys/ed25519.pem")).unwrap();
    let key = format!("'{}'", key.display());
    let dkim = [
        FROM,
        ("mail.dkim.domain", "'mail.example.com'"),
        ("mail.dkim.selector", "'bell'"),
        ("mail.dkim.key_file", key.as_str()),
    ];
    let server = Server::start(&dkim).await;
    let shown = server.cli_json(&["mail", "key", "--show", key.trim_matches('\'')], "").await;
    let ours = shown["record"]["value"].as_str().unwrap();
    let at = "bell._domainkey.mail.example.com";
    let dns = good();
    let from = ["--sends-from", "198.51.100.7"];
    let checked = Checked::of(&server, &dns, &from).await;
    checked.says("DKIM", "wrong", &format!("no record at {at}"));
    checked.publishes("DKIM", at, ours);
    dns.txt(at, ours);
    let checked = Checked::of(&server, &dns, &from).await;
    checked.says("DKIM", "ok", "holds the key that letters are signed with");
    checked.says("DMARC", "ok", "SPF vouches for your letters; DKIM does");
    let revoked = good();
    revoked.txt(at, "v=DKIM1; p=");
    let checked = Checked::of(&server, &revoked, &from).await;
    checked.says("DKIM", "wrong", "taken back");
    checked.says("DMARC", "ok", "SPF vouches for your letters; DKIM does not");
    // A signature of a domain below counts, unless it must be the same one.
    let strict = Dns::start();
    strict.txt("_dmarc.example.com", "v=DMARC1; p=none; adkim=s");
    Checked::of(&server, &strict, &from).await.says("DMARC", "warning", "mail.dkim.domain");
    std::fs::write(folder.path().join("dkim.pem"), "no key").unwrap();
    // That the server does not start is no question to the DNS.
    for dns in [strict, Dns::knowing_nothing()] {
        let checked = Checked::of(&server, &dns, &from).await;
        assert_eq!(checked.code, Some(1));
        checked.says("DKIM", "wrong", "is no DKIM key");
    }
}

#[tokio::test]
async fn a_server_that_does_not_hold_the_public_dns_is_not_believed() {
    let server = Server::start(&[FROM]).await;
    let checked = Checked::of(&server, &Dns::knowing_nothing(), &[]).await;
    assert_eq!(checked.code, Some(0), "{}", checked.report);
    checked.says("domain", "warning", "does not even know .com");
    assert!(!checked.report.to_string().contains("SPF"));
}

#[tokio::test]
async fn a_sender_of_no_public_domain_is_not_looked_up() {
    let dns = Dns::start();
    let server = Server::start(&[]).await;
    let checked = Checked::of(&server, &dns, &[]).await;
    checked.says("domain", "warning", "under .test");
    assert!(!checked.report.to_string().contains("SPF"));
}

#[tokio::test]
async fn a_relay_that_cannot_be_used_is_told_as_a_trial_tells_it() {
    let dns = good();
    let sink = Sink::start_with(Tls::Implicit);
    let url = format!("'{}'", sink.url());
    let server = Server::start(&[FROM, ("mail.smtp_url", &url)]).await;
    Checked::of(&server, &dns, &[]).await.says("relay", "wrong", "mail.ca_file");
    let ca_file = format!("'{CA_FILE}'");
    let server = Server::start(&[FROM, ("mail.smtp_url", &url), ("mail.ca_file", &ca_file)]).await;
    Checked::of(&server, &dns, &[]).await.says("relay", "ok", "TLS 1.3, the certificate was checked");
    sink.on(At::Connect, crate::sink::Act::Say("554 5.7.1 go away"));
    let checked = Checked::of(&server, &dns, &["--verbose"]).await;
    checked.says("relay", "wrong", "554 5.7.1 go away");
    assert!(checked.finding("relay")["conversation"].as_array().is_some_and(|lines| lines.len() >= 3));
}

#[tokio::test]
async fn stores_and_addresses_that_cannot_be_used_are_told() {
    let (server, dns) = (Server::start(&[FROM, ("mail.smtp_url", "'file:outbox/'")]).await, good());
    let missing = server.dir.path().join("nowhere/doorbell.db").display().to_string();
    for (url, state, said) in [
        ("memory:", "warning", "as long as the server runs"),
        ("redis://127.0.0.1:1/0", "wrong", "Redis"),
        (&format!("sqlite:{missing}"), "wrong", "cannot be made"),
        ("sqlite:new.db", "ok", "is not there yet"),
        ("sqlite:doorbell.toml", "wrong", "not a database of doorbell"),
    ] {
        let checked = Checked::of(&server, &dns, &["--store", url]).await;
        checked.says("store", state, said);
        checked.says("relay", "warning", "They reach nobody");
    }
    assert!(!server.dir.path().join("new.db").exists(), "looking makes nothing");
    // Somebody else at the address.
    let other = Sink::start();
    let config = server.dir.path().join("doorbell.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, text.replace(&server.address.to_string(), &other.address.to_string())).unwrap();
    Checked::of(&server, &dns, &[]).await.says("address", "wrong", "Something else listens");
}
