//! What a Redis must be like: asked once, at the start. What is required stands in `redis.conf`, each line with its reason.

use std::collections::BTreeMap;

use redis::RedisError;
use redis::aio::MultiplexedConnection;
use uuid::Uuid;

use crate::store::clock::wall;
use crate::store::{How, OpenError, OpenMode};

use super::address::said;
use super::clock::{Micros, beginning, others_live};
use super::keys;
use super::scripts::Scripts;

/// The version of the store that this program works with: the keys, and the shapes of what they hold.
pub const VERSION: u32 = 1;
/// The oldest Redis that will do.
const REDIS_MIN: (u32, u32) = (7, 0);
/// By how much the clocks may differ before it is worth a word.
const SKEW_MAX_US: Micros = 5_000_000;
/// By how much they may where no other node lives, so that the store's clock would begin with Redis' one and never go back.
const SKEW_AT_THE_BEGINNING_MAX_US: Micros = 600_000_000;

/// What must hold of its configuration, or it may lose what it has acknowledged.
const REQUIRED: [(&str, &str); 4] = [
    ("appendonly", "yes"),
    ("appendfsync", "always"),
    ("no-appendfsync-on-rewrite", "no"),
    ("maxmemory-policy", "noeviction"),
];

/// What the store's clock starts with.
pub(super) struct Start {
    /// What Redis' clock showed.
    pub(super) told: Micros,
    /// What this node's clock is to show.
    pub(super) shown: Micros,
}

/// Looks whether a Redis can be used, makes an empty database doorbell's, and learns which store it is.
///
/// # Errors
/// It cannot; the sentence says why, and what to do.
pub(super) async fn look(
    connection: &mut MultiplexedConnection,
    scripts: &mut Scripts,
    how: &How,
    name: &str,
) -> Result<Start, String> {
    let refused = |why: String| format!("the Redis at {name} {why}");
    let info = info(connection).await.map_err(refused)?;
    kind(&info).map_err(refused)?;
    if matches!(how.mode, OpenMode::Server | OpenMode::MoveTo | OpenMode::Check) {
        losses(connection, how, name).await?;
        replicas(&info, how.replicas).map_err(refused)?;
    }
    if matches!(how.mode, OpenMode::Server | OpenMode::Check) {
        tells(connection).await.map_err(refused)?;
    }
    load(connection, scripts).await.map_err(|e| refused(format!("does not take doorbell's scripts: {}", said(&e))))?;
    if how.mode == OpenMode::MoveFrom && meta(connection, keys::META_VERSION).await.map_err(refused)?.is_none() {
        return Err(refused("holds no installation of doorbell, so nothing can be moved out of it".to_owned()));
    }
    scripts.store = schema(connection, scripts).await.map_err(refused)?;
    if how.mode != OpenMode::MoveTo && meta(connection, keys::META_MOVING).await.map_err(refused)?.is_some() {
        return Err(OpenError::HalfMoved { name: format!("the Redis at {name}") }.to_string());
    }
    let (start, told_at) =
        start(connection, scripts).await.map_err(|e| refused(format!("cannot be written to: {}", said(&e))))?;
    // A clock that went back by years makes nobody live.
    let others_live = others_live(start.told, told_at) && others_live(told_at, start.told);
    let is_beginning = !others_live && matches!(how.mode, OpenMode::Server | OpenMode::Check);
    skew(&start, wall().0 * 1_000, is_beginning, name).map_err(refused)?;
    Ok(start)
}

async fn info(connection: &mut MultiplexedConnection) -> Result<BTreeMap<String, String>, String> {
    let text: String =
        redis::cmd("INFO").query_async(connection).await.map_err(|e| not_permitted(&e, "INFO", "+info"))?;
    Ok(text.lines().filter_map(|line| line.split_once(':')).map(|(k, v)| (k.to_owned(), v.trim().to_owned())).collect())
}

/// Whether nodes can tell each other something there.
async fn tells(connection: &mut MultiplexedConnection) -> Result<(), String> {
    let told = redis::cmd("PUBLISH").arg(keys::CANARY_OF_THE_START).arg("").query_async::<()>(connection).await;
    told.map_err(|e| not_permitted(&e, "PUBLISH", "+publish +subscribe and all channels (&*)"))
}

fn not_permitted(error: &RedisError, command: &str, permission: &str) -> String {
    format!(
        "does not answer {command}: {}; if that is for want of a permission, give doorbell's user {permission}",
        said(error)
    )
}

/// Its version, and that it is one that takes writes by itself.
fn kind(info: &BTreeMap<String, String>) -> Result<(), String> {
    let told = |name: &str| info.get(name).map(String::as_str).unwrap_or_default();
    let version = told("redis_version");
    let mut numbers = version.split('.').map(|number| number.parse::<u32>().unwrap_or_default());
    let found = (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default());
    if found < REDIS_MIN {
        let (major, minor) = REDIS_MIN;
        return Err(format!("is of version {version}; doorbell needs {major}.{minor} or newer"));
    }
    if told("cluster_enabled") == "1" {
        return Err("is part of a Redis Cluster (cluster-enabled yes), on which one commit cannot reach all that it writes; give \
                    doorbell a plain Redis, with Sentinel where it must fail over"
            .to_owned());
    }
    if told("role") != "master" {
        let (host, port) = (told("master_host"), told("master_port"));
        return Err(format!(
            "is a replica of {host}:{port}, and takes no writes; name that one in store.url, or let Sentinel find it \
             (redis-sentinel://HOST:PORT,HOST:PORT/MASTER/DATABASE)"
        ));
    }
    Ok(())
}

/// Whether it may lose what it has acknowledged.
async fn losses(connection: &mut MultiplexedConnection, how: &How, name: &str) -> Result<(), String> {
    let mut question = redis::cmd("CONFIG");
    question.arg("GET").arg(REQUIRED.map(|(name, _)| name).to_vec());
    let answer: Result<BTreeMap<String, String>, _> = question.query_async(connection).await;
    let why = match answer {
        Ok(found) => match wrong(&found) {
            lines if lines.is_empty() => return Ok(()),
            lines => format!("may lose what it has acknowledged:\n{}", lines.join("\n")),
        },
        Err(error) => not_permitted(
            &error,
            "CONFIG GET, so nobody knows whether it may lose what it has acknowledged",
            "+config|get",
        ),
    };
    if how.allow_lossy {
        tracing::warn!("the Redis at {name} {why}");
        return Ok(());
    }
    Err(format!(
        "the Redis at {name} {why}\nredis.conf has the lines that it needs; `store.allow_lossy = true` takes it as it is, and then \
         emails may be lost or sent twice"
    ))
}

/// Each line of the configuration that is not as it must be, and how to set it.
fn wrong(found: &BTreeMap<String, String>) -> Vec<String> {
    let wrong = REQUIRED.iter().filter(|(name, wanted)| found.get(*name).map(String::as_str) != Some(*wanted));
    wrong
        .map(|(name, wanted)| {
            let is = found.get(*name).map_or("not known to it", String::as_str);
            // Until its first file is whole, it would start empty again.
            let and_then = if *name == "appendonly" { ", and wait until INFO has `aof_rewrite_in_progress:0`" } else { "" };
            format!(
                "  {name} is {is} and must be {wanted}: put `{name} {wanted}` into its configuration, and `CONFIG SET {name} \
                 {wanted}`{and_then}"
            )
        })
        .collect()
}

/// Whether there are as many replicas as each commit waits for.
fn replicas(info: &BTreeMap<String, String>, wanted: u32) -> Result<(), String> {
    let is_online = |(name, value): &(&String, &String)| {
        name.strip_prefix("slave").is_some_and(|n| n.parse::<u32>().is_ok()) && value.contains("state=online")
    };
    let online = info.iter().filter(is_online).count();
    if online < wanted as usize {
        return Err(format!(
            "has {online} replicas, and store.replicas = {wanted} makes each commit wait for {wanted}: start the missing ones, or \
             lower store.replicas"
        ));
    }
    Ok(())
}

async fn load(connection: &mut MultiplexedConnection, scripts: &Scripts) -> Result<(), RedisError> {
    scripts.load().query_async::<Vec<String>>(connection).await.map(drop)
}

/// Makes an empty database doorbell's, and refuses that of somebody else, or of another version: the store's name.
async fn schema(connection: &mut MultiplexedConnection, scripts: &Scripts) -> Result<String, String> {
    let mut question = scripts.schema.call();
    question.arg(keys::META).arg(VERSION).arg(Uuid::now_v7().simple().to_string());
    let found: Vec<String> =
        question.query_async(connection).await.map_err(|e| format!("cannot be written to: {}", said(&e)))?;
    let [version, name] = found.as_slice() else {
        return Err("holds keys that are not doorbell's; it was left as it is: name another database \
                    (redis://HOST:PORT/DATABASE), one that is empty"
            .to_owned());
    };
    match version.parse::<u32>() {
        Ok(VERSION) => Ok(name.clone()),
        Ok(newer) if newer > VERSION => Err(format!(
            "holds a store of version {newer}, and this program knows versions up to {VERSION}; run the newer doorbell that made it"
        )),
        _ => Err(format!(
            "holds a store of version {version}, and this program works with {VERSION}; run the doorbell that made it, or bring it \
             over as the CHANGELOG says"
        )),
    }
}

async fn meta(connection: &mut MultiplexedConnection, field: &str) -> Result<Option<String>, String> {
    let mut question = redis::cmd("HGET");
    question.arg(keys::META).arg(field);
    question.query_async(connection).await.map_err(|e| format!("cannot be read: {}", said(&e)))
}

/// What the store's clock starts with, and when, by Redis' clock, a node last told that it leads it.
async fn start(connection: &mut MultiplexedConnection, scripts: &Scripts) -> Result<(Start, Micros), RedisError> {
    let question = scripts.tick(0);
    let (seconds, micros, furthest, told_at): (i64, i64, i64, i64) = question.query_async(connection).await?;
    let told = seconds * 1_000_000 + micros;
    Ok((Start { told, shown: beginning(told, furthest, told_at) }, told_at))
}

/// Compares the clock of Redis with the store's own, and with that of the machine here, in microseconds.
fn skew(start: &Start, here: Micros, is_beginning: bool, name: &str) -> Result<(), String> {
    let ahead = start.shown - start.told;
    if ahead.abs() > SKEW_MAX_US {
        let ahead_s = ahead / 1_000_000;
        tracing::warn!(
            ahead_s,
            "the clock of the Redis at {name} was set; the store's clock follows it slowly, a second in twenty"
        );
    }
    let skew = here - start.told;
    let ahead_s = skew / 1_000_000;
    if is_beginning && skew.abs() > SKEW_AT_THE_BEGINNING_MAX_US {
        let (apart_s, which) = (ahead_s.abs(), if skew < 0 { "ahead" } else { "behind" });
        return Err(format!(
            "has a clock that is {apart_s} s {which} of the one here, and times that are written by a wrong one stay: set both by NTP, \
             and start again"
        ));
    }
    if skew.abs() > SKEW_MAX_US {
        tracing::warn!(
            ahead_s,
            "the clock here and that of the Redis at {name} differ; the latter counts: set both by NTP"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: &[(&str, &str)]) -> BTreeMap<String, String> {
        rows.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn each_lossy_line_is_named_with_what_it_is_and_must_be() {
        assert_eq!(wrong(&table(&REQUIRED)), [""; 0]);
        let lines =
            wrong(&table(&[("appendonly", "yes"), ("appendfsync", "everysec"), ("maxmemory-policy", "allkeys-lru")]));
        assert_eq!(lines.len(), 3);
        assert!(lines[0].contains("appendfsync is everysec and must be always"), "{lines:?}");
        assert!(lines[0].contains("CONFIG SET appendfsync always"), "{lines:?}");
        assert!(lines[1].contains("no-appendfsync-on-rewrite is not known to it"), "{lines:?}");
        assert!(lines[2].contains("maxmemory-policy is allkeys-lru"), "{lines:?}");
    }

    #[test]
    fn a_redis_that_cannot_be_used_is_told_why() {
        let fit = [("redis_version", "7.0.15"), ("cluster_enabled", "0"), ("role", "master")];
        assert_eq!(kind(&table(&fit)), Ok(()));
        for (name, value, wanted) in [
            ("redis_version", "6.2.6", "needs 7.0 or newer"),
            ("redis_version", "", "needs 7.0 or newer"),
            ("cluster_enabled", "1", "Redis Cluster"),
            ("role", "slave", "is a replica"),
        ] {
            let mut info = table(&fit);
            info.insert(name.to_owned(), value.to_owned());
            let why = kind(&info).unwrap_err();
            assert!(why.contains(wanted), "{why}");
        }
    }

    #[test]
    fn replicas_count_when_they_are_in_step() {
        let info = table(&[
            ("slave0", "ip=127.0.0.1,port=1,state=online,offset=1,lag=0"),
            ("slave1", "ip=127.0.0.1,port=2,state=wait_bgsave,offset=0,lag=0"),
            ("slave_repl_offset", "1"),
        ]);
        assert_eq!(replicas(&info, 1), Ok(()));
        assert!(replicas(&info, 2).unwrap_err().contains("has 1 replicas"));
    }

    #[test]
    fn a_store_does_not_begin_with_a_clock_that_is_far_off() {
        let start = Start { told: 1_000_000_000, shown: 1_000_000_000 };
        let told = |here_s: Micros, is_beginning| {
            skew(&start, here_s * 1_000_000, is_beginning, "x").err().unwrap_or_default()
        };
        assert!(told(399, true).contains("601 s ahead"), "{}", told(399, true));
        assert!(told(1_601, true).contains("601 s behind"), "{}", told(1_601, true));
        assert_eq!(told(400, true), "");
        assert_eq!(told(399, false), "", "among nodes that live it counts as they have it");
    }
}
