//! Where the accounts live.

use std::path::PathBuf;
use std::str::FromStr;

use super::secret::Secret;

/// The store, as `store.url` names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreUrl {
    /// `sqlite:FILE`: one file, made if absent; relative to the working directory.
    Sqlite(PathBuf),
    /// `memory:`: gone when the process ends; for trials.
    Memory,
    /// `redis://…`, `rediss://…` (TLS), `redis+unix://…` or `redis-sentinel://…`: shared by several nodes. Whole, for it may hold a
    /// password.
    Redis(Secret),
}

/// The text names no store. Does not repeat the text: it may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "write `sqlite:FILE`, `memory:`, `redis://HOST:PORT/DATABASE` or \
     `redis-sentinel://HOST:PORT,HOST:PORT/MASTER/DATABASE`"
)]
pub struct BadStoreUrl;

impl FromStr for StoreUrl {
    type Err = BadStoreUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (scheme, rest) = text.split_once(':').ok_or(BadStoreUrl)?;
        match scheme {
            "sqlite" if !rest.is_empty() => Ok(Self::Sqlite(rest.into())),
            "memory" if rest.is_empty() => Ok(Self::Memory),
            "redis" | "rediss" | "redis+unix" | "redis-sentinel"
                if rest.strip_prefix("//").is_some_and(|host| !host.is_empty()) =>
            {
                Ok(Self::Redis(Secret::new(text)))
            }
            _ => Err(BadStoreUrl),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_is_named_by_its_scheme() {
        assert_eq!("sqlite:doorbell.db".parse(), Ok(StoreUrl::Sqlite("doorbell.db".into())));
        assert_eq!("memory:".parse(), Ok(StoreUrl::Memory));
        for text in [
            "redis://127.0.0.1:6379/0",
            "rediss://:p@host",
            "redis+unix:///run/redis.sock",
            "redis-sentinel://a:1,b:2/main",
        ] {
            assert!(matches!(text.parse(), Ok(StoreUrl::Redis(_))), "{text}");
        }
        for text in ["", "doorbell.db", "sqlite:", "memory:x", "mysql://localhost", "redis:", "redis://"] {
            assert_eq!(text.parse::<StoreUrl>(), Err(BadStoreUrl), "{text}");
        }
    }
}
