//! From a conversation's document to how it is shown.

use super::state::State;
use super::thread::Conversation;
use super::view::{Canceller, ConversationView, TimerView, VisitorView};
use crate::domain::account::{Account, Delays, Kind};
use crate::domain::notice::judge::Case;
use crate::domain::notice::letter::LetterState;
use crate::domain::notice::rules;

/// The summary of a conversation. `visitor_is_here`: whether a socket of the visitor lives or lingers.
pub fn summary(
    conversation: &Conversation,
    state: &State,
    account: &Account,
    delays: &Delays,
    visitor_is_here: bool,
) -> ConversationView {
    let name = |id| account.operator(id).map(|o| o.name.clone()).unwrap_or_default();
    let timer = state.next_deadline().map(|(kind, _)| timer(conversation, state, account, delays, kind));
    ConversationView {
        id: conversation.id,
        status: Conversation::standing(state),
        group: account.effective_group(conversation.group).map(|g| g.id),
        visitor: VisitorView {
            id: conversation.visitor_id(),
            name: conversation.visitor.name.clone(),
            email: conversation.visitor.email.clone(),
            online: visitor_is_here,
            page: conversation.visitor.page.clone(),
        },
        operators: state.joined().into_iter().map(|id| (id, name(id))).collect(),
        last_message: conversation.last_message.clone(),
        unread: conversation.unread,
        at: conversation.active_at.unwrap_or(conversation.settled_at),
        timer: timer.flatten(),
        email: worst(conversation),
        last_seq: conversation.last_seq,
        read_seq: conversation.read_seq,
        seen_seq: conversation.seen_seq,
    }
}

fn timer(
    conversation: &Conversation,
    state: &State,
    account: &Account,
    delays: &Delays,
    kind: Kind,
) -> Option<TimerView> {
    let running = state.timer(kind)?;
    let case = Case { conversation: conversation.id, group: conversation.group, state, account, delays, kind };
    let recipients = account.operators.iter().filter(|o| rules::objections(&case, o).is_empty());
    Some(TimerView {
        kind,
        started_at: running.started_at,
        due_at: running.fires_at(),
        recipients: recipients.map(|o| o.id).collect(),
        cancels: match kind {
            Kind::Offline => {
                vec![Canceller::Online, Canceller::Open, Canceller::Join, Canceller::Reply, Canceller::Close]
            }
            Kind::Missed => vec![Canceller::Join, Canceller::Reply, Canceller::Close, Canceller::Return],
        },
    })
}

/// The worst state among the letters of the newest episode.
fn worst(conversation: &Conversation) -> Option<LetterState> {
    let rank = |state: &LetterState| LetterState::ALL.iter().position(|s| s == state);
    conversation.letters.iter().map(|(_, state)| *state).max_by_key(rank)
}
