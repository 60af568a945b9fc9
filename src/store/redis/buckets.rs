//! Counts that all nodes keep together.

use crate::domain::time::Span;
use crate::ports::buckets::{Draw, Short};
use crate::ports::journal::StoreError;

use super::columns::parsed;
use super::keys;
use super::line::Line;
use super::scripts::Scripts;

/// Takes one from each of the buckets, or from none. A question that is asked again after a lost answer may take twice: that is on the
/// safe side.
pub(super) async fn take(line: &Line, scripts: &Scripts, draws: &[Draw]) -> Result<Result<(), Short>, StoreError> {
    if draws.is_empty() {
        return Ok(Ok(()));
    }
    let mut question = scripts.call_here(&scripts.take);
    for draw in draws {
        let whole_us = draw.per.0.max(1).saturating_mul(1_000);
        question.arg(keys::bucket(&draw.key)).arg(whole_us).arg((whole_us / i64::from(draw.capacity.max(1))).max(1));
    }
    let (which, wait_us): (usize, i64) = parsed(line.read_one(question).await?)?;
    Ok(if wait_us == 0 { Ok(()) } else { Err(Short { which, wait: Span((wait_us + 999) / 1_000) }) })
}

/// The buckets are full from now on: one that is full is not there.
pub(super) async fn fill(line: &Line, of: &[String]) -> Result<(), StoreError> {
    if of.is_empty() {
        return Ok(());
    }
    let mut question = redis::cmd("DEL");
    for key in of {
        question.arg(keys::bucket(key));
    }
    line.read_one(question).await.map(drop)
}
