//! How long somebody waits for an answer: a store that is away is told of, instead of being waited for without end.
//!
//! What changes something is refused at once while it is known that the store takes nothing. What was begun before that is known
//! goes on after its answer, so that nothing is done by halves; the answer then says that nobody knows yet.

use std::cell::Cell;
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, HttpRequest};
use futures_util::FutureExt as _;
use tracing::Instrument as _;

use super::Front;
use super::problem::Problem;
use crate::domain::refusal::Refusal;
use crate::domain::time::{Span, Timestamp};
use crate::ports::figures;

/// How long an answer is waited for, once the request has arrived.
#[derive(Clone, Debug)]
pub(super) struct Patience {
    deadline: Span,
    /// Since when it is worked on; `None` while the body arrives, which has a deadline of its own.
    since: Rc<Cell<Option<Timestamp>>>,
}

impl Patience {
    fn new(deadline: Span, now: Timestamp) -> Self {
        Self { deadline, since: Rc::new(Cell::new(Some(now))) }
    }

    /// That of a request; `None` for one whose answer nobody waits for with a watch.
    pub(super) fn of(request: &HttpRequest) -> Option<Self> {
        request.extensions().get::<Self>().cloned()
    }

    /// The body is being read.
    pub(super) fn on_reading(&self) {
        self.since.set(None);
    }

    /// The body is there.
    pub(super) fn on_read(&self, now: Timestamp) {
        self.since.set(Some(now));
    }

    /// When what is worked on had arrived, with its body; `None`: not yet.
    pub(super) fn arrived(&self) -> Option<Timestamp> {
        self.since.get()
    }

    /// How much longer is waited; `None`: not any more.
    fn left(&self, now: Timestamp) -> Option<Duration> {
        let worked = self.since.get().map_or(Span(0), |since| now - since);
        (worked < self.deadline).then(|| Span(self.deadline.0 - worked.0).to_duration())
    }

    /// What comes of it within its time.
    async fn wait<T>(&self, front: &Front, work: impl Future<Output = T>) -> Option<T> {
        let mut work = std::pin::pin!(work);
        while let Some(left) = self.left(front.host.now()) {
            if let Ok(done) = tokio::time::timeout(left, work.as_mut()).await {
                return Some(done);
            }
        }
        figures::limited("answer_deadline");
        None
    }
}

/// Answers in time, with what came of the request or with what is known of it.
pub(super) async fn answer_in_time<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse, Error> {
    let asked = request.request().clone();
    let front = Front::of(&asked);
    let changes_nothing = request.method().is_safe();
    if !changes_nothing && front.host.board.now().store_stale.is_some() {
        return Ok(refused(asked, Refusal::unavailable("the store does not answer, and nothing was done: try again")));
    }
    let patience = Patience::new(front.settings.answer_deadline, front.host.now());
    request.extensions_mut().insert(patience.clone());
    let mut work = Box::pin(next.call(request));
    if let Some(answer) = patience.wait(&front, work.as_mut()).await {
        return Ok(answer?.map_into_boxed_body());
    }
    if changes_nothing {
        return Ok(refused(asked, Refusal::unavailable("the store does not answer in time: try again")));
    }
    actix_rt::spawn(work.map(drop).in_current_span());
    Ok(refused(asked, Refusal::unknown_outcome()))
}

fn refused(request: HttpRequest, refusal: Refusal) -> ServiceResponse {
    ServiceResponse::from_err(Problem::from(refusal), request)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_runs_from_the_arrival_of_the_body() {
        let patience = Patience::new(Span::from_secs(10), Timestamp(0));
        assert_eq!(patience.left(Timestamp(4_000)), Some(Duration::from_secs(6)));
        assert_eq!(patience.left(Timestamp(10_000)), None);
        patience.on_reading();
        assert_eq!(patience.left(Timestamp(60_000)), Some(Duration::from_secs(10)));
        patience.on_read(Timestamp(61_000));
        assert_eq!(patience.left(Timestamp(62_000)), Some(Duration::from_secs(9)));
    }
}
