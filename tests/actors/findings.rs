//! What came of it: the outbox, the explanations, what is stored.

use doorbell::actors::api::*;
use doorbell::domain::conversation::message::Message as Said;
use doorbell::domain::conversation::thread::Conversation;
use doorbell::domain::ids::{ConversationId, OperatorId};
use doorbell::domain::notice::explain::{Decision, Explanation};
use doorbell::domain::notice::letter::Letter;
use doorbell::domain::notice::reason::Code;
use doorbell::domain::presence::roster::Roster;
use doorbell::ports::journal::{DocKey, LetterQuery, Store, Stream};
use doorbell::ports::record::decode;

use super::house::*;

impl House {
    /// The outbox, oldest first.
    pub async fn letters(&self) -> Vec<Letter> {
        let query = LetterQuery { limit: 10_000, ..LetterQuery::default() };
        let found = self.memory.letters(self.account, query).await.unwrap();
        let keys = found.iter().rev().map(|(_, id)| DocKey::Letter(self.account, *id)).collect();
        let stored = self.memory.load(keys).await.unwrap();
        stored.into_iter().map(|letter| decode(&letter.unwrap().state).unwrap()).collect()
    }

    /// To whom letters are, in the order of the outbox.
    pub async fn mailed(&self) -> Vec<OperatorId> {
        self.letters().await.iter().map(|letter| letter.id.operator).collect()
    }

    pub async fn explain(&self, guest: &Guest) -> Explanation {
        self.during(self.accounts().ask(self.account, AskExplanation(guest.conversation()))).await.unwrap()
    }

    /// The newest decision about an operator.
    pub async fn decision(&self, guest: &Guest, who: OperatorId) -> Decision {
        let explanation = self.explain(guest).await;
        let about = explanation.decisions.into_iter().rfind(|d| d.operator == Some(who));
        about.unwrap_or_else(|| panic!("nothing was decided about {who}"))
    }

    /// The headline of the newest decision about an operator.
    pub async fn why(&self, guest: &Guest, who: OperatorId) -> Code {
        self.decision(guest, who).await.code()
    }

    /// The stored conversation.
    pub async fn document(&self, conversation: ConversationId) -> Option<Conversation> {
        let found = self.memory.load(vec![DocKey::Conversation(self.account, conversation)]).await.unwrap();
        found.into_iter().next().flatten().map(|stored| decode(&stored.state).unwrap())
    }

    /// The stored presence.
    pub async fn roster(&self) -> Roster {
        let found = self.memory.load(vec![DocKey::Presence(self.account)]).await.unwrap();
        found.into_iter().next().flatten().map(|stored| decode(&stored.state).unwrap()).unwrap_or_default()
    }

    /// What was said, as it is stored.
    pub async fn messages(&self, conversation: ConversationId) -> Vec<(u64, Said)> {
        let stored = self.memory.read(Stream::Messages(self.account, conversation), 0, 10_000).await.unwrap();
        stored.into_iter().map(|(seq, entry)| (seq, decode(&entry).unwrap())).collect()
    }
}
