//! The configuration as its readers meet it: files, variables, flags, and what is said of mistakes.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use super::*;
use crate::mail::smtp::relay::{Destination, Relay, Security};

const EXAMPLE: &str = include_str!("../../doorbell.example.toml");

fn read(text: &str) -> Settings {
    Settings::from_toml(text, Path::new("c.toml")).unwrap()
}

fn refusal(text: &str) -> String {
    Settings::from_toml(text, Path::new("c.toml")).unwrap_err().to_string()
}

fn load(environment: &[(&str, &str)], flags: &[(&'static str, &'static str, &str)]) -> Result<Settings, SettingsError> {
    let environment = environment.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))).collect();
    let flags = flags.iter().map(|(flag, key, value)| (*flag, *key, (*value).to_owned())).collect();
    Settings::load(&Sources { file: None, environment, flags })
}

/// The example with every key in force: keys are commented out by a `#` without a space behind it.
fn example_in_force() -> String {
    let uncomment = |line: &str| match line.strip_prefix('#') {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_lowercase()) => rest.to_owned(),
        _ => line.to_owned(),
    };
    EXAMPLE.lines().map(uncomment).collect::<Vec<_>>().join("\n")
}

#[test]
fn nothing_configured_is_the_defaults() {
    assert_eq!(read(""), Settings::default());
    assert_eq!(Settings::load(&Sources::default()).unwrap(), Settings::default());
}

#[test]
fn the_example_is_the_defaults_commented_or_not() {
    assert_eq!(read(EXAMPLE), Settings::default());
    assert_eq!(read(&example_in_force()), Settings::default());
}

/// What the containers are given is what a server takes.
#[test]
fn the_environment_of_the_compose_file_is_read() {
    const COMPOSE: &str = include_str!("../../examples/deploy/compose.yaml");
    let (_, block) = COMPOSE.split_once("x-environment: &environment\n").unwrap();
    let (block, _) = block.split_once("\n\n").unwrap();
    let lines = block.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    let given = |line: &'static str| line.split_once(": ").or_else(|| Some((line.strip_suffix(':')?, "")));
    let names = ["DOORBELL_MAIL__FROM", "DOORBELL_MAIL__SMTP_URL"];
    let passed_on = [(names[0], "Chat <chat@example.com>"), (names[1], "smtps://USER:PASSWORD@mail.example.com")];
    let own: Vec<_> = lines.map(|line| given(line).unwrap()).filter(|(name, _)| !names.contains(name)).collect();
    assert!(own.len() >= 4, "{own:?}");
    let settings = load(&[&own[..], &passed_on].concat(), &[]).unwrap();
    assert_eq!(settings.server.trusted_proxies.len(), 1);
}

#[test]
fn the_example_names_every_key() {
    let mut sheet = Sheet::default();
    Settings::read(&mut sheet);
    let text = example_in_force();
    for key in sheet.known() {
        let (section, name) = key.split_once('.').unwrap();
        let start = text.find(&format!("\n[{section}]\n")).unwrap_or_else(|| panic!("[{section}] is missing"));
        let body = &text[start + 2..];
        let body = &body[..body.find("\n[").unwrap_or(body.len())];
        let name = name.rsplit('.').next().unwrap();
        assert!(body.contains(&format!("{name} = ")), "{key} is missing");
    }
}

#[test]
fn a_full_file_is_read() {
    let settings = read(
        r#"
        [server]
        bind = "[::]:9000"
        public_url = "https://Chat.Example.com/"
        trusted_proxies = ["10.0.0.0/8", "::1"]
        [store]
        url = "memory:"
        [mail]
        from = "Chat <chat@example.com>"
        smtp_url = "smtps://user:p%40ss@relay.example.com"
        dkim = { domain = "example.com", selector = "bell", key_file = "dkim.pem" }
        bounce_address = "bounces@example.com"
        inbound_secret = "5d41402abc4b2a76"
        max_connections = 9
        [notifications]
        offline_delay = "600ms"
        [limits]
        frames_per_second = 10_000
        [log]
        format = "json"
        filter = "warn,doorbell::mail=debug"
        "#,
    );
    assert_eq!(settings.server.bind.port(), 9000);
    assert_eq!(settings.server.public_url, "https://chat.example.com");
    assert!(settings.server.trusted_proxies[0].contains([10, 1, 2, 3].into()));
    assert_eq!(settings.store.url, StoreUrl::Memory);
    assert_eq!(settings.mail.from.email.to_string(), "chat@example.com");
    assert_eq!(settings.mail.dkim.as_ref().unwrap().selector, "bell");
    assert_eq!(settings.mail.bounce_address.as_ref().unwrap().to_string(), "bounces@example.com");
    assert_eq!(settings.mail.inbound_secret.as_ref().unwrap().expose(), "5d41402abc4b2a76");
    assert_eq!(settings.mail.max_connections_per_account(), 5, "half of them, where nothing is said");
    assert_eq!(settings.notifications.offline_delay, Duration::from_millis(600));
    assert_eq!(settings.limits.frames_per_second, 10_000);
    assert_eq!(settings.log.format, LogFormat::Json);
    let Destination::Relay(Relay { security: Security::Implicit, credentials: Some(login), .. }) =
        settings.mail.smtp_url
    else {
        panic!("not the relay that was given")
    };
    assert_eq!(login.password, "p@ss");
}

#[test]
fn the_environment_wins_over_the_file_and_a_flag_over_both() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("c.toml");
    std::fs::write(&file, "[server]\nbind = '127.0.0.1:1'\ndrain = '1s'\n[presence]\ngrace = '1s'\n").unwrap();
    let sources = Sources {
        file: Some(file),
        environment: vec![
            ("DOORBELL_SERVER__BIND".into(), "127.0.0.1:2".into()),
            ("DOORBELL_SERVER__DRAIN".into(), "2s".into()),
            ("DOORBELL_SERVER__TRUSTED_PROXIES".into(), "10.0.0.1, ::1".into()),
            ("DOORBELL_MAIL__DKIM__DOMAIN".into(), "example.com".into()),
            ("DOORBELL_MAIL__DKIM__SELECTOR".into(), "bell".into()),
            ("DOORBELL_MAIL__DKIM__KEY_FILE".into(), "key.pem".into()),
            ("DOORBELL_LIMITS__CONNECTIONS".into(), "7".into()),
            ("DOORBELL_STORE__ALLOW_LOSSY".into(), "true".into()),
        ],
        flags: vec![("--bind", "server.bind", "127.0.0.1:3".to_owned())],
    };
    let settings = Settings::load(&sources).unwrap();
    assert_eq!(settings.server.bind.port(), 3);
    assert_eq!(settings.server.public_url, "http://127.0.0.1:3");
    assert_eq!(settings.server.drain, Duration::from_secs(2));
    assert_eq!(settings.server.trusted_proxies.len(), 2);
    assert_eq!(settings.presence.grace, Duration::from_secs(1));
    assert_eq!(settings.mail.dkim.unwrap().domain, "example.com");
    assert_eq!(settings.limits.connections, 7);
    assert!(settings.store.allow_lossy);
}

#[test]
fn an_unknown_key_is_refused_with_its_place_and_what_was_meant() {
    for (text, said) in [
        ("[server]\nbnid = 1", "c.toml:2:1: server.bnid: unknown key; did you mean `bind`?"),
        ("[sever]\nbind = 1", "c.toml:2:1: sever.bind: unknown section [sever]; did you mean [server]?"),
        (
            "[notifications]\n  offline_dealy = '2m'",
            "c.toml:2:3: notifications.offline_dealy: unknown key; did you mean `offline_delay`?",
        ),
        ("[server]\ngrace = '1s'", "c.toml:2:1: server.grace: unknown key; did you mean `presence.grace`?"),
        ("[log]\ncolour = 1", "c.toml:2:1: log.colour: unknown key; [log] has filter, format"),
        ("[mail]\ndkim = 'x'", "c.toml:2:1: mail.dkim: is a table, with the keys domain, key_file, selector"),
        ("bind = 1", "c.toml:1:1: bind: unknown key: every key belongs to a section"),
        ("[[server]]\nbind = 1", "server: is a table, with the keys backlog, bind, drain"),
    ] {
        assert!(refusal(text).contains(said), "{}\nshould say\n{said}", refusal(text));
    }
    assert!(refusal("[nonsense_section]\nx = 1").contains("unknown section [nonsense_section]; there are limits, log"));
}

#[test]
fn a_bad_value_is_refused_with_its_place_and_what_would_be_right() {
    for (text, said) in [
        (
            "[notifications]\noffline_delay = 'soon'",
            "c.toml:2:17: notifications.offline_delay: `soon` is not a duration",
        ),
        ("[notifications]\noffline_delay = -5", "notifications.offline_delay: is a number without its unit"),
        ("[notifications]\noffline_delay = '0s'", "must be at least `1ms`"),
        ("[presence]\nnode_lease = '2s'", "must be at least `3s`: a server renews its lease each second"),
        ("[presence]\ngrace = true", "presence.grace: is true or false: write a duration"),
        ("[presence]\ngrace = 1.5", "presence.grace: is float: write a duration"),
        ("[store]\nurl = 'mysql://localhost'", "store.url: write `sqlite:FILE`"),
        ("[server]\nbind = 'not an address'", "server.bind: `not an address` is not an address with a port"),
        ("[server]\npublic_url = 'https://a/chat'", "with nothing behind it"),
        ("[server]\ntrusted_proxies = ['10.0.0.0/99']", "server.trusted_proxies: `10.0.0.0/99`: write an address"),
        ("[mail]\nsmtp_url = 'gopher://relay'", "mail.smtp_url: begins with none of smtp://"),
        ("[mail]\nfrom = 'nobody'", "mail.from: `nobody` is not a sender"),
        ("[mail]\nfrom = 'Chat, Inc. <chat@example.com>'", "a name with a comma stands in quotes"),
        ("[mail]\nfrom = 'chat@žluťoučký.example'", "must be ASCII"),
        ("[mail]\ndkim = { domain = 'a.example', key_file = 'k' }", "mail.dkim.selector: is missing"),
        ("[log]\nformat = 'yaml'", "log.format: write `text` or `json`"),
        ("[log]\nfilter = 'info,doorbell=loud'", "log.filter: "),
        ("[limits]\nconnections = 'many'", "limits.connections: write a whole number"),
        ("[limits]\nconnections = 0", "limits.connections: write a whole number from 1"),
        ("[limits]\nargon2_parallel = 65", "from 1 to 64"),
    ] {
        assert!(refusal(text).contains(said), "{}\nshould say\n{said}", refusal(text));
    }
}

#[test]
fn where_bounces_come_back_and_by_what_secret_is_held_to_what_works() {
    for (value, said) in [
        ("'bounces'", "bounces@example.com"),
        ("'Bounces <bounces@example.com>'", "bounces@example.com"),
        ("'bounces+chat@example.com'", "without a +"),
        // With a letter's name behind a +, a local part has to fit into 64 characters.
        ("'sixteen-letters-@example.com'", "at most 15 characters"),
    ] {
        let told = refusal(&format!("[mail]\nbounce_address = {value}"));
        assert!(told.contains(said), "{told}");
    }
    assert!(read("[mail]\nbounce_address = 'fifteen-letters@example.com'").mail.bounce_address.is_some());
    assert!(refusal("[mail]\ninbound_secret = ''").contains("must not be empty"));
    for value in ["'fifteen-letters'", "'with some spaces in it'"] {
        let told = refusal(&format!("[mail]\ninbound_secret = {value}"));
        assert!(told.contains("16 characters or more"), "{told}");
    }
    assert_eq!(read("[mail]\nmax_connections_per_account = 3").mail.max_connections_per_account(), 3);
    assert_eq!(read("[mail]\nmax_connections = 1").mail.max_connections_per_account(), 1);
    assert!(refusal("[mail]\nmax_connections_per_account = 0").contains("max_connections_per_account"));
}

#[test]
fn all_mistakes_are_told_at_once() {
    let said = refusal("[server]\nbind = 'x'\nbnid = 1\n[log]\nformat = 'yaml'");
    assert_eq!(said.lines().count(), 3, "{said}");
}

#[test]
fn what_is_not_toml_or_not_there_is_refused_by_name() {
    assert!(refusal("[server\nbind=").starts_with("c.toml:1:"), "{}", refusal("[server\nbind="));
    let absent = Settings::load(&Sources { file: Some("absent.toml".into()), ..Sources::default() });
    assert!(absent.unwrap_err().to_string().starts_with("absent.toml: cannot be read"));
}

#[test]
fn variables_that_name_no_key_are_refused_and_those_of_others_are_not() {
    let said = load(&[("DOORBELL_SERVER__BNID", "x")], &[]).unwrap_err().to_string();
    assert_eq!(said, "environment variable DOORBELL_SERVER__BNID: server.bnid: unknown key; did you mean `bind`?");
    let said = load(&[("DOORBELL_SERVER_BIND", "x")], &[]).unwrap_err().to_string();
    assert!(said.ends_with("write DOORBELL_SERVER__BIND"), "{said}");
    assert!(load(&[("DOORBELL_BIN", "x"), ("DOORBELL_CONFIG", "x"), ("HOME", "x")], &[]).is_ok());
    let said = load(&[], &[("--store", "store.url", "x")]).unwrap_err().to_string();
    assert!(said.starts_with("flag --store: store.url: write"), "{said}");
}

#[test]
fn a_value_that_is_overruled_must_be_good_all_the_same() {
    let said = load(&[("DOORBELL_SERVER__BIND", "x")], &[("--bind", "server.bind", "127.0.0.1:1")]).unwrap_err();
    assert_eq!(said.problems[0].place, Place::Environment("DOORBELL_SERVER__BIND".to_owned()));
}

#[test]
fn no_secret_is_shown() {
    let settings = read("[mail]\nsmtp_url = 'smtps://user:hunter2@relay'\n[store]\nurl = 'redis://:hunter2@host/0'");
    assert!(!format!("{settings:?}").contains("hunter2"));
    for text in [
        "[mail]\nsmtp_url = 'smtps://user:hunter2@relay:many'",
        "[mail]\nsmtp_url = 'smtps://user:hunter2@relay",
        "[store]\nurl = 'rodis://:hunter2@host/0'",
        "[mail]\ninbound_secret = 'hunter2'",
    ] {
        assert!(!refusal(text).contains("hunter2"), "{}", refusal(text));
    }
}

#[test]
fn the_cap_on_flapping_is_at_least_the_delay() {
    let settings = read("[notifications]\noffline_delay = '10s'\nflap_cap = '9s'");
    assert_eq!(settings.notifications.flap_cap, Duration::from_secs(10));
}
