//! Which key is read how: the whole table on a few screens.

use super::problem::Place;
use super::sections::{Dkim, Limits, Log, Mail, Notifications, Presence, Server, Settings, Store};
use super::sheet::Sheet;
use super::value::{
    boolean, bounce_address, count, dns_name, duration, log_filter, log_format, long_secret, mailbox, networks, number,
    parsed, path, positive_duration, socket_address, text, three_seconds_at_least, web_origin, whole_second_at_least,
};

impl Settings {
    /// Takes every known key out of the sheet.
    pub(super) fn read(sheet: &mut Sheet) -> Self {
        Self {
            server: Server::read(sheet),
            store: Store::read(sheet),
            presence: Presence::read(sheet),
            notifications: Notifications::read(sheet),
            mail: Mail::read(sheet),
            limits: Limits::read(sheet),
            log: Log::read(sheet),
        }
    }
}

impl Server {
    fn read(sheet: &mut Sheet) -> Self {
        let d = Self::default();
        let bind = sheet.take("server.bind", d.bind, socket_address);
        Self {
            bind,
            public_url: sheet.take("server.public_url", Self::url_of(bind), web_origin),
            backlog: sheet.take("server.backlog", d.backlog, number(1..=65_535)),
            trusted_proxies: sheet.take("server.trusted_proxies", d.trusted_proxies, networks),
            keep_alive: sheet.take("server.keep_alive", d.keep_alive, whole_second_at_least),
            node: sheet.take_optional("server.node", text),
            drain: sheet.take("server.drain", d.drain, duration),
        }
    }
}

impl Store {
    fn read(sheet: &mut Sheet) -> Self {
        let d = Self::default();
        Self {
            url: sheet.take("store.url", d.url, parsed),
            allow_lossy: sheet.take("store.allow_lossy", d.allow_lossy, boolean),
            replicas: sheet.take("store.replicas", d.replicas, number(0..=16)),
            ca_file: sheet.take_optional("store.ca_file", path),
        }
    }
}

impl Presence {
    fn read(sheet: &mut Sheet) -> Self {
        let d = Self::default();
        Self {
            heartbeat: sheet.take("presence.heartbeat", d.heartbeat, positive_duration),
            visitor_heartbeat: sheet.take("presence.visitor_heartbeat", d.visitor_heartbeat, positive_duration),
            node_lease: sheet.take("presence.node_lease", d.node_lease, three_seconds_at_least),
            grace: sheet.take("presence.grace", d.grace, duration),
            max_lease: sheet.take("presence.max_lease", d.max_lease, positive_duration),
            stale_after: sheet.take("presence.stale_after", d.stale_after, positive_duration),
        }
    }
}

impl Notifications {
    fn read(sheet: &mut Sheet) -> Self {
        let d = Self::default();
        let offline_delay = sheet.take("notifications.offline_delay", d.offline_delay, positive_duration);
        Self {
            offline_delay,
            missed_delay: sheet.take("notifications.missed_delay", d.missed_delay, positive_duration),
            cooldown: sheet.take("notifications.cooldown", d.cooldown, duration),
            // Rule N8: at least the delay.
            flap_cap: sheet.take("notifications.flap_cap", d.flap_cap, positive_duration).max(offline_delay),
            startup_grace: sheet.take("notifications.startup_grace", d.startup_grace, duration),
        }
    }
}

impl Mail {
    fn read(sheet: &mut Sheet) -> Self {
        let d = Self::default();
        Self {
            from: sheet.take("mail.from", d.from, mailbox),
            smtp_url: sheet.take("mail.smtp_url", d.smtp_url, parsed),
            dkim: Dkim::read(sheet),
            bounce_address: sheet.take_optional("mail.bounce_address", bounce_address),
            inbound_secret: sheet.take_optional("mail.inbound_secret", long_secret),
            ca_file: sheet.take_optional("mail.ca_file", path),
            retry_initial: sheet.take("mail.retry_initial", d.retry_initial, positive_duration),
            uncertain_wait: sheet.take("mail.uncertain_wait", d.uncertain_wait, positive_duration),
            expire: sheet.take("mail.expire", d.expire, positive_duration),
            max_per_minute: sheet.take("mail.max_per_minute", d.max_per_minute, count),
            max_per_minute_per_account: sheet.take(
                "mail.max_per_minute_per_account",
                d.max_per_minute_per_account,
                count,
            ),
            max_connections: sheet.take("mail.max_connections", d.max_connections, number(1..=64)),
            max_connections_per_account: sheet.take_optional("mail.max_connections_per_account", number(1..=64)),
        }
    }
}

impl Dkim {
    const KEYS: [&str; 3] = ["mail.dkim.domain", "mail.dkim.selector", "mail.dkim.key_file"];

    /// All three keys or none: two of them sign nothing.
    fn read(sheet: &mut Sheet) -> Option<Self> {
        let places: Vec<Option<Place>> = Self::KEYS.iter().map(|key| sheet.place_of(key)).collect();
        let given = places.iter().flatten().next().cloned();
        for (key, place) in Self::KEYS.iter().zip(&places) {
            if let (None, Some(given)) = (place, &given) {
                sheet.refuse(
                    given.clone(),
                    Some((*key).to_owned()),
                    "is missing: a signature needs all three".to_owned(),
                );
            }
        }
        let [domain, selector, key_file] = Self::KEYS;
        let domain = sheet.take_optional(domain, dns_name);
        let selector = sheet.take_optional(selector, dns_name);
        let key_file = sheet.take_optional(key_file, path);
        Some(Self { domain: domain?, selector: selector?, key_file: key_file? })
    }
}

impl Limits {
    fn read(sheet: &mut Sheet) -> Self {
        let d = Self::default();
        Self {
            connections: sheet.take("limits.connections", d.connections, count),
            connections_per_ip: sheet.take("limits.connections_per_ip", d.connections_per_ip, count),
            connections_per_account: sheet.take("limits.connections_per_account", d.connections_per_account, count),
            visitor_messages_per_minute: sheet.take(
                "limits.visitor_messages_per_minute",
                d.visitor_messages_per_minute,
                count,
            ),
            visitor_messages_per_minute_per_ip: sheet.take(
                "limits.visitor_messages_per_minute_per_ip",
                d.visitor_messages_per_minute_per_ip,
                count,
            ),
            new_conversations_per_minute_per_ip: sheet.take(
                "limits.new_conversations_per_minute_per_ip",
                d.new_conversations_per_minute_per_ip,
                count,
            ),
            connects_per_second: sheet.take("limits.connects_per_second", d.connects_per_second, count),
            frames_per_second: sheet.take("limits.frames_per_second", d.frames_per_second, count),
            bytes_per_second: sheet.take("limits.bytes_per_second", d.bytes_per_second, count),
            login_attempts_per_minute: sheet.take(
                "limits.login_attempts_per_minute",
                d.login_attempts_per_minute,
                count,
            ),
            login_attempts_per_email_per_minute: sheet.take(
                "limits.login_attempts_per_email_per_minute",
                d.login_attempts_per_email_per_minute,
                count,
            ),
            request_deadline: sheet.take("limits.request_deadline", d.request_deadline, positive_duration),
            answer_deadline: sheet.take("limits.answer_deadline", d.answer_deadline, positive_duration),
            malformed_frames_per_minute: sheet.take(
                "limits.malformed_frames_per_minute",
                d.malformed_frames_per_minute,
                count,
            ),
            handshake_deadline: sheet.take("limits.handshake_deadline", d.handshake_deadline, whole_second_at_least),
            hello_deadline: sheet.take("limits.hello_deadline", d.hello_deadline, positive_duration),
            write_deadline: sheet.take("limits.write_deadline", d.write_deadline, positive_duration),
            frame_bytes: sheet.take("limits.frame_bytes", d.frame_bytes, number(1_024..=1_048_576)),
            argon2_parallel: sheet.take("limits.argon2_parallel", d.argon2_parallel, number(1..=64)),
        }
    }
}

impl Log {
    fn read(sheet: &mut Sheet) -> Self {
        let d = Self::default();
        Self {
            format: sheet.take("log.format", d.format, log_format),
            filter: sheet.take("log.filter", d.filter, log_filter),
        }
    }
}
