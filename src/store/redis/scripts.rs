//! The scripts, each in a file of its own that says what it guarantees.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use data_encoding::HEXLOWER;
use redis::{Cmd, Pipeline};

use super::clock::Micros;
use super::keys;

/// A script, and the digest by which Redis knows it.
#[derive(Clone, Debug)]
pub(super) struct Script {
    text: &'static str,
    digest: String,
}

impl Script {
    fn new(text: &'static str) -> Self {
        // Not a secret and not a signature: it is how EVALSHA names a script.
        let digest = HEXLOWER.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes()).as_ref());
        Self { text, digest }
    }

    /// A call; its arguments follow. All of them, keys too, are plain arguments: the scripts are not for a cluster, and what they
    /// touch beyond one account cannot be told before they have looked.
    pub(super) fn call(&self) -> Cmd {
        let mut call = redis::cmd("EVALSHA");
        call.arg(&self.digest).arg(0);
        call
    }
}

/// All of them, as they are called on one store.
#[derive(Clone, Debug)]
pub(super) struct Scripts {
    /// The store's own name: what it is looked for by, once it has been found.
    pub(super) store: String,
    pub(super) commit: Script,
    pub(super) inbox: Script,
    pub(super) letters: Script,
    pub(super) moving: Script,
    pub(super) named: Script,
    pub(super) records: Script,
    pub(super) schema: Script,
    pub(super) take: Script,
    pub(super) tick: Script,
    pub(super) unpacked: Script,
}

impl Scripts {
    pub(super) fn new() -> Self {
        Self {
            store: String::new(),
            commit: Script::new(include_str!("commit.lua")),
            inbox: Script::new(include_str!("inbox.lua")),
            letters: Script::new(include_str!("letters.lua")),
            moving: Script::new(include_str!("moving.lua")),
            named: Script::new(include_str!("named.lua")),
            records: Script::new(include_str!("records.lua")),
            schema: Script::new(include_str!("schema.lua")),
            take: Script::new(include_str!("take.lua")),
            tick: Script::new(include_str!("tick.lua")),
            unpacked: Script::new(include_str!("unpacked.lua")),
        }
    }

    /// A call of one of them that does nothing to another store than this one.
    pub(super) fn call_here(&self, script: &Script) -> Cmd {
        let mut call = script.call();
        call.arg(keys::META).arg(&self.store);
        call
    }

    /// What time it is; `shown` by the clock of the node that asks, 0 if it keeps none.
    pub(super) fn tick(&self, shown: Micros) -> Cmd {
        let mut call = self.call_here(&self.tick);
        call.arg(shown);
        call
    }

    /// What makes Redis know all of them. It forgets them at each start, and when it is told to.
    pub(super) fn load(&self) -> Pipeline {
        let Self { store: _, commit, inbox, letters, moving, named, records, schema, take, tick, unpacked } = self;
        let mut load = redis::pipe();
        for script in [commit, inbox, letters, moving, named, records, schema, take, tick, unpacked] {
            load.cmd("SCRIPT").arg("LOAD").arg(script.text);
        }
        load
    }
}
