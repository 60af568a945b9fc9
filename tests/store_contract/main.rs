//! The contract of `ports::journal::Store`: every engine passes the same tests.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod adversary;
mod commits;
mod decisions;
mod equal;
mod files;
mod inbox;
mod indexes;
mod many;
mod moved;
mod notes;
mod records;
mod redis_fit;
mod redis_nodes;
mod redis_restarts;
mod redis_sentinel;
mod redis_server;
mod streams;
mod world;

/// Runs each of the named tests of a module over each engine.
macro_rules! contract {
    ($($test:ident),+ $(,)?) => {
        crate::contract!(@over memory: $($test),+);
        crate::contract!(@over sqlite: $($test),+);
        crate::contract!(@over adversary_off: $($test),+);
        crate::contract!(@over redis: $($test),+);
    };
    (@over $engine:ident: $($test:ident),+) => {
        mod $engine {
            $(
                #[tokio::test]
                async fn $test() {
                    let place = crate::world::Place::$engine();
                    super::$test(place.store()).await;
                }
            )+
        }
    };
}
pub(crate) use contract;
