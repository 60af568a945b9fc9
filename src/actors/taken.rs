//! Letters that the relay has taken lately, as the nodes remember them. A store that fails over to a replica may have forgotten
//! what became of a letter, and even that it was queued; whoever comes upon it again must not send it again (rule E4).

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use crate::domain::ids::LetterId;
use crate::domain::notice::letter::Attempt;

/// How many are remembered: the newest. A fail-over loses seconds, not hours.
const TAKEN_MAX: usize = 16_384;

/// The memory. Good on every thread.
#[derive(Debug, Default)]
pub struct Taken(Mutex<Memory>);

#[derive(Debug, Default)]
struct Memory {
    attempts: HashMap<LetterId, Attempt>,
    order: VecDeque<LetterId>,
}

impl Taken {
    /// The relay took a letter.
    pub fn remember(&self, letter: LetterId, attempt: Attempt) {
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if memory.attempts.insert(letter, attempt).is_none() {
            memory.order.push_back(letter);
        }
        if memory.order.len() > TAKEN_MAX
            && let Some(oldest) = memory.order.pop_front()
        {
            memory.attempts.remove(&oldest);
        }
    }

    /// How the relay took a letter, if it is remembered.
    pub fn how(&self, letter: LetterId) -> Option<Attempt> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).attempts.get(&letter).cloned()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::ids::{ConversationId, OperatorId};
    use crate::domain::time::Timestamp;

    #[test]
    fn the_newest_are_remembered() {
        let taken = Taken::default();
        let letter = |episode| LetterId {
            conversation: ConversationId(Uuid::from_u128(1)),
            episode,
            operator: OperatorId(Uuid::from_u128(2)),
        };
        for episode in 0..=TAKEN_MAX as u32 {
            taken.remember(letter(episode), Attempt::without_a_server(Timestamp(0), "250 ok"));
        }
        assert!(taken.how(letter(0)).is_none() && taken.how(letter(1)).is_some());
    }
}
