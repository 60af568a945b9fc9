//! When an email is due (RULES section 4). Both conditions are levels: functions of the state, looked at after every fact.

use crate::domain::account::{Kind, ReadCancels};
use crate::domain::conversation::fact::Fact;
use crate::domain::conversation::outcome::{Cause, Outcome};
use crate::domain::conversation::state::{Running, State, Whereabouts};
use crate::domain::time::Timestamp;

/// N1: an offline message waits that some operator of the audience has not seen, and the box is offline.
fn offline_holds(state: &State) -> bool {
    !state.box_is_online() && !state.terms.audience.is_empty() && is_unseen(state)
}

/// Whether an offline message waits that was not seen by the audience: by all of it, or where one reader cancels for
/// everyone (N7), by one of it.
fn is_unseen(state: &State) -> bool {
    let one_saw_all = || state.terms.audience.iter().any(|operator| state.has_seen_all_waiting(*operator));
    state.open.iter().any(|m| m.offline && m.may_be_offline())
        && !(state.terms.read_cancels == ReadCancels::Everyone && one_saw_all())
}

/// N2: a message waits, the visitor is gone, and the box was online when they left.
fn missed_holds(state: &State) -> bool {
    matches!(state.visitor, Whereabouts::Gone { box_online: true, .. }) && state.waiting().any(|m| !m.settled_missed)
}

/// Looks at the levels after a fact: messages become offline messages (A1, A2), timers start and end (N3), and what ends
/// without a timer is told (W1).
pub(crate) fn look(state: &mut State, cause: &Cause<'_>, outcomes: &mut Vec<Outcome>) {
    let at = cause.at;
    follow_the_box(state, at);
    mark_messages(state);
    for kind in Kind::ALL {
        let holds = match kind {
            Kind::Offline => offline_holds(state),
            Kind::Missed => missed_holds(state),
        };
        match (holds, state.timer(kind).cloned()) {
            (true, None) => start(state, kind, at),
            (false, Some(timer)) => {
                outcomes.push(Outcome::cancelled(state, kind, &timer, cause));
                *state.timer_mut(kind) = None;
            }
            _ => {}
        }
    }
    // N8: a row of timers is about messages that stay unseen.
    if !is_unseen(state) {
        state.flapping_since = None;
    }
    if let Fact::Wrote { seq } = cause.fact
        && state.offline.is_none()
    {
        outcomes.push(Outcome::no_timer(state, *seq, at));
    }
}

/// Somebody was online for as long as flapping may go on, without a break: the row of timers is counted anew (N8).
fn follow_the_box(state: &mut State, at: Timestamp) {
    match (state.box_is_online(), state.box_online_since) {
        (true, None) => state.box_online_since = Some(at),
        (false, Some(since)) => {
            if at - since >= state.flap_cap() {
                state.flapping_since = None;
            }
            state.box_online_since = None;
        }
        _ => {}
    }
}

/// A1, A2: offline from the first moment at which it waits, the visitor is there and the box is offline; that stays.
/// N1: seen by the whole audience, it waits no longer for the offline condition.
fn mark_messages(state: &mut State) {
    let offline_now = state.visitor == Whereabouts::There && !state.box_is_online();
    let seen_by_all_up_to =
        state.terms.audience.iter().map(|operator| state.seen.get(operator).copied().unwrap_or(0)).min().unwrap_or(0);
    for message in state.open.iter_mut().filter(|m| m.waits()) {
        message.offline |= offline_now;
        message.seen_by_all |= message.seq <= seen_by_all_up_to;
    }
}

fn start(state: &mut State, kind: Kind, at: Timestamp) {
    let mut due_at = at + state.terms.delay(kind);
    if kind == Kind::Offline {
        // N8: a row of timers ends a cap after the first one started, or when the box next goes offline after that.
        let first = *state.flapping_since.get_or_insert(at);
        due_at = due_at.min((first + state.flap_cap()).max(at));
    }
    *state.timer_mut(kind) = Some(Running { started_at: at, due_at, put_off_until: None });
}
