//! What it takes to start a timer and to cancel it, beside the same without one, and beside the bare commits of the same bytes.

use std::error::Error;
use std::sync::Arc;
use std::time::Instant;

use actix::{Actor, Context, Handler};
use doorbell::actors::api::{Act, LobbyId, SlotId, ToLobby, VisitorAct, VisitorEnter};
use doorbell::app::{self, House, OpenMode};
use doorbell::domain::conversation::deed::{Deed, VisitorDeed};
use doorbell::domain::conversation::thread::Conversation;
use doorbell::domain::ids::{AccountId, ConversationId, OperatorId, VisitorId};
use doorbell::domain::refusal::Refusal;
use doorbell::office::passwords::NewPassword;
use doorbell::ports::journal::{Append, Commit, DocKey, IndexOp, Outcome, Store, Stream, Write};
use doorbell::ports::record::{decode, mint};
use doorbell::settings::Settings;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::times::{Worked, millis};
use crate::{Done, tenth, town};

/// How many act at once.
const AT_ONCE: usize = 64;
const CONVERSATIONS_EACH: u64 = 100;
const TEXT: &str = "Hello, I ordered the blue one on Monday and it has not come yet. Can you tell me where it is?";

/// A lobby of visitors who do not listen.
struct Nobody;

impl Actor for Nobody {
    type Context = Context<Self>;
}

impl Handler<ToLobby> for Nobody {
    type Result = ();

    fn handle(&mut self, _: ToLobby, _: &mut Context<Self>) {}
}

struct People {
    house: House,
    outlet: actix::Recipient<ToLobby>,
    visitors: Vec<(AccountId, OperatorId, VisitorId)>,
}

pub(crate) fn run(conversations: u64, tell: &dyn Fn(&Value)) -> Done {
    actix::System::new().block_on(async {
        let dir = tempfile::tempdir()?;
        let settings = town::settings(dir.path(), "notifications.offline_delay = '1h'")?;
        let people = People::come(&settings, conversations).await?;
        let said = |what: &'static str| people.everybody(what, |p, n| p.writes(n, what));
        let mut lines = vec![
            said("begins, and starts a timer").await?,
            said("changes no timer").await?,
            people.everybody("opens, and cancels none", |p, n| p.does(n, Deed::Open)).await?,
            people.everybody("closes, and cancels it", |p, n| p.does(n, Deed::Close)).await?,
            said("starts a timer").await?,
        ];
        let docs = people.documents().await?;
        // The actors have nothing to do any more, and do not know.
        let store = Arc::clone(&people.house.host.store);
        for (what, is_armed) in
            [("bare commit: cancels", false), ("bare commit: starts", true), ("bare commit: again", true)]
        {
            lines.push(bare(&store, &docs, what, is_armed).await?);
        }
        lines.iter().for_each(tell);
        people.house.close().await;
        Ok(())
    })
}

/// One line: how long it took, all of them together.
async fn take<F: Future<Output = Result<(), Box<dyn Error>>>>(
    what: &str,
    count: usize,
    one: impl Fn(usize) -> F,
) -> Result<Value, Box<dyn Error>> {
    let (began, before) = (Instant::now(), Worked::process(std::process::id())?);
    stream::iter((0..count).map(one)).buffer_unordered(AT_ONCE).try_collect::<Vec<()>>().await?;
    let (took, worked) = (began.elapsed(), Worked::process(std::process::id())?.since(before));
    let each_us = |millis: f64| tenth(millis * 1_000.0 / count as f64);
    Ok(json!({
        "bench": "arm", "what": what, "times": count, "took_us_each": each_us(millis(took)),
        "cpu_us_each": each_us(millis(worked.ran)),
    }))
}

impl People {
    async fn come(settings: &Settings, conversations: u64) -> Result<Self, Box<dyn Error>> {
        let store = app::open_store(settings, OpenMode::Server)?;
        let house = House::open(settings, store, app::postman(settings)?).await?;
        let password = NewPassword::parse("password", "nobody logs in here")?.hash(&[])?;
        let mut visitors = Vec::new();
        for n in 0..conversations.div_ceil(CONVERSATIONS_EACH) {
            let account = town::open_shop(&house.host.store, n, &password).await?;
            let visitor = |_| (account.id, account.operators[0].id, VisitorId(Uuid::now_v7()));
            visitors.extend((0..CONVERSATIONS_EACH).map(visitor));
        }
        visitors.truncate(conversations as usize);
        let outlet = Nobody.start().recipient();
        let people = Self { house, outlet, visitors };
        people.everybody("comes", People::comes).await?;
        Ok(people)
    }

    async fn everybody<'a, F: Future<Output = Result<(), Refusal>> + 'a>(
        &'a self,
        what: &str,
        one: impl Fn(&'a Self, usize) -> F,
    ) -> Result<Value, Box<dyn Error>> {
        take(what, self.visitors.len(), |n| {
            let done = one(self, n);
            async { Ok(done.await?) }
        })
        .await
    }

    async fn comes(&self, n: usize) -> Result<(), Refusal> {
        let (account, _, visitor) = self.visitors[n];
        let (lobby, slot, outlet) = (LobbyId(1), SlotId(n as u64), self.outlet.clone());
        let (origin, group, page) = (None, None, None);
        let enter = VisitorEnter { lobby, outlet, slot, visitor, fresh: true, origin, group, page, after: 0 };
        self.house.accounts.ask(account, enter).await.map(drop)
    }

    async fn writes(&self, n: usize, client_id: &str) -> Result<(), Refusal> {
        let (account, _, visitor) = self.visitors[n];
        let (lobby, slot) = (LobbyId(1), SlotId(n as u64));
        let deed =
            VisitorDeed::Write { text: TEXT.to_owned(), client_id: client_id.to_owned(), group: None, page: None };
        self.house.accounts.ask(account, VisitorAct { lobby, slot, visitor, deed }).await.map(drop)
    }

    async fn does(&self, n: usize, deed: Deed) -> Result<(), Refusal> {
        let (account, operator, VisitorId(id)) = self.visitors[n];
        self.house.accounts.ask(account, Act { conversation: ConversationId(id), operator, deed }).await.map(drop)
    }

    /// All conversations, as they are stored.
    async fn documents(&self) -> Result<Vec<Vec<u8>>, Box<dyn Error>> {
        let mut docs = Vec::new();
        for (account, _, VisitorId(id)) in &self.visitors {
            let key = DocKey::Conversation(*account, ConversationId(*id));
            docs.push(self.house.host.store.load(vec![key]).await?.pop().flatten().ok_or("a conversation")?.state);
        }
        Ok(docs)
    }
}

/// What the actors would hand to the store, without them: each conversation as it is, with another message.
async fn bare(store: &Arc<dyn Store>, docs: &[Vec<u8>], what: &str, is_armed: bool) -> Result<Value, Box<dyn Error>> {
    let mut commits = Vec::new();
    for state in docs {
        let doc: Conversation = decode(state)?;
        let keys =
            [DocKey::Conversation(doc.account, doc.id), DocKey::Presence(doc.account), DocKey::Settings(doc.account)];
        let found = store.load(keys.to_vec()).await?;
        let reads: Vec<_> = keys.into_iter().zip(found.iter().map(|doc| doc.as_ref().map(|doc| doc.token))).collect();
        let stream = Stream::Messages(doc.account, doc.id);
        let position = doc.last_seq + reads[0].1.map_or(0, |token| token.counter);
        let indexes = town::indexes(&doc).into_iter().map(|op| match op {
            IndexOp::Deadline(id, at) => IndexOp::Deadline(id, at.filter(|_| is_armed)),
            IndexOp::Attention(id, until) => IndexOp::Attention(id, until.filter(|_| is_armed)),
            other => other,
        });
        commits.push(Commit {
            writes: vec![Write { key: keys[0], token: mint(reads[0].1), state: state.clone() }],
            log: vec![Append { stream, position, entry: vec![b'm'; TEXT.len() + 100] }],
            indexes: indexes.map(|op| (doc.account, op)).collect(),
            reads,
            ..Commit::default()
        });
    }
    let commits: Vec<_> = commits.into_iter().map(|commit| std::cell::Cell::new(Some(commit))).collect();
    take(what, docs.len(), |n| {
        let done = commits[n].take().map(|commit| store.commit(commit));
        async {
            match done.ok_or("a commit")?.await {
                Outcome::Committed { .. } => Ok(()),
                other => Err(format!("{other:?}").into()),
            }
        }
    })
    .await
}
