//! Fills a store as doorbell itself would have: accounts of three operators, conversations that were answered and closed long ago,
//! and such in which a visitor waits and a timer runs. Each is stepped by the domain; a thousand of them are one commit.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use doorbell::app::{self, OpenMode};
use doorbell::domain::account::{Account, Delays, Locale, Operator, Plan, Role, Switch};
use doorbell::domain::conversation::deed::{Deed, Input, VisitorDeed};
use doorbell::domain::conversation::fact::Terms;
use doorbell::domain::conversation::message::Message;
use doorbell::domain::conversation::outcome::Outcome as Decided;
use doorbell::domain::conversation::step::{Surroundings, Tracking, step};
use doorbell::domain::conversation::thread::Conversation;
use doorbell::domain::conversation::view::Standing;
use doorbell::domain::fold::fold;
use doorbell::domain::ids::{DecisionId, DeviceId, NodeId, OperatorId, SessionId, VisitorId};
use doorbell::domain::presence::device::Card;
use doorbell::domain::presence::roster::{self, Roster};
use doorbell::domain::presence::status::{DeviceKind, Status};
use doorbell::domain::presence::word::Word;
use doorbell::domain::time::{Span, Timestamp};
use doorbell::office::accounts::{self, NewAccount};
use doorbell::office::change;
use doorbell::office::passwords::{NewPassword, PasswordHashed};
use doorbell::office::values::{Email, Name, Timezone};
use doorbell::ports::journal::{
    Append, Commit, DecisionRow, DocKey, InboxRow, InboxStatus, IndexOp, Outcome, Store, Stream, Write,
};
use doorbell::ports::record::{encode, mint};
use doorbell::settings::Settings;
use uuid::Uuid;

/// How many conversations an account has.
const CONVERSATIONS_EACH: u64 = 1_000;
/// How many of them are written in one commit.
const COMMIT_LEN: usize = 1_000;
/// What they are about.
const QUESTION: &str = "Hello, I ordered the blue one on Monday and it has not come yet. Can you tell me where it is?";
const ANSWER: &str =
    "It left our store this morning, so it should be with you tomorrow before noon. Sorry for the delay!";

/// The store that is filled.
pub(crate) struct Town {
    pub(crate) store: Arc<dyn Store>,
    delays: Delays,
    accounts: Vec<(Account, Roster)>,
    /// A node that was there before.
    pub(crate) former: NodeId,
    numbers: u64,
}

/// What becomes of a conversation.
#[derive(Clone, Copy)]
pub(crate) enum Fate {
    /// The visitor wrote then, and was answered a minute later.
    Answered(Timestamp),
    /// They wrote, and wait until the timer fires then; in one of ten they still have a socket.
    Waits(Timestamp),
}

impl Town {
    /// Makes accounts for so many conversations in the store of these settings.
    pub(crate) async fn found(settings: &Settings, conversations: u64) -> Result<Self, Box<dyn Error>> {
        let store = app::open_store(settings, OpenMode::Server)?.store;
        let former = NodeId(Uuid::now_v7());
        let password = NewPassword::parse("password", "nobody logs in here")?.hash(&[])?;
        let mut accounts = Vec::new();
        for n in 0..conversations.div_ceil(CONVERSATIONS_EACH) {
            let account = open_shop(&store, n, &password).await?;
            let roster = plug_in(&store, &account, former).await?;
            accounts.push((account, roster));
        }
        Ok(Self { store, delays: settings.notifications.delays(), accounts, former, numbers: 0 })
    }

    /// Adds so many conversations, spread over the accounts.
    pub(crate) async fn add(
        &mut self,
        count: u64,
        what: &str,
        fate: impl Fn(u64) -> Fate,
    ) -> Result<(), Box<dyn Error>> {
        let began = Instant::now();
        let (mut made, places) = (0, self.accounts.len() as u64);
        for place in 0..places {
            let share = count / places + u64::from(place < count % places);
            let numbers: Vec<u64> = (made..made + share).collect();
            for some in numbers.chunks(COMMIT_LEN) {
                let mut commit = Commit::default();
                for n in some {
                    self.numbers += 1;
                    self.write(&mut commit, place as usize, fate(*n));
                }
                let outcome = self.store.commit(commit).await;
                let Outcome::Committed { .. } = outcome else { return Err(format!("{outcome:?}").into()) };
            }
            made += share;
            if place * 10 / places != (place + 1) * 10 / places {
                let each = began.elapsed() / (made.max(1) as u32);
                eprintln!("{made:>9} of {count} {what} conversations, {each:?} each");
            }
        }
        Ok(())
    }

    fn write(&self, commit: &mut Commit, place: usize, fate: Fate) {
        let (account, roster) = &self.accounts[place];
        let number = self.numbers;
        let written_at = match fate {
            Fate::Answered(at) => at,
            Fate::Waits(until) => until - self.delays.offline,
        };
        let visitor = VisitorId(id_of(written_at, number));
        let terms = Terms::of(account, None, &self.delays);
        let mut doc = Conversation::new(account.id, visitor, None, terms, written_at);
        doc.terms_at = account.changed_at;
        let (mut said, mut record) = (Vec::new(), Vec::new());
        let mut happen = |doc: Conversation, inputs: &[Input], now: Timestamp, horizon| {
            let around = Surroundings {
                account,
                delays: &self.delays,
                roster,
                edges: None,
                now,
                quiet_until: now,
                horizon,
                tracking: Tracking::WhileOpen,
                message_id: &|_| String::new(),
            };
            let step = step(&doc, inputs, &around);
            said.extend(step.said);
            record.extend(step.record);
            step.after
        };
        doc = happen(doc, &self.asks(number), written_at, Timestamp(0));
        match fate {
            Fate::Answered(_) => {
                let (by, now) = (account.operators[0].id, written_at + Span::from_secs(60));
                let answer = Deed::Write { text: ANSWER.to_owned(), client_id: "1".to_owned() };
                let mut inputs = vec![Input::Operator { by, deed: answer }, Input::Operator { by, deed: Deed::Close }];
                inputs.push(Input::VisitorLeft { node: self.former, at: now });
                doc = happen(doc, &inputs, now, now + Span::from_secs(1));
            }
            Fate::Waits(_) if number.is_multiple_of(10) => {}
            Fate::Waits(_) => {
                let left = Input::VisitorLeft { node: self.former, at: written_at + Span(1) };
                doc = happen(doc, &[left], written_at + Span(1), Timestamp(0));
            }
        }
        put(commit, &doc, said, record);
    }

    fn asks(&self, number: u64) -> Vec<Input> {
        let page = None;
        let text = QUESTION.to_owned();
        let wrote = VisitorDeed::Write { text, client_id: "1".to_owned(), group: None, page };
        let came = Input::VisitorCame { node: self.former, page: None };
        let mut asks = vec![Input::Visitor(wrote), came];
        if !number.is_multiple_of(3) {
            let (name, email) = (format!("Petra {number}"), format!("petra{number}@example.com"));
            asks.insert(0, Input::Visitor(VisitorDeed::Identify { name: Some(name), email: Some(email) }));
        }
        asks
    }
}

/// An account with three operators.
pub(crate) async fn open_shop(
    store: &Arc<dyn Store>,
    n: u64,
    password: &PasswordHashed,
) -> Result<Account, Box<dyn Error>> {
    let new = NewAccount {
        name: Name::parse("name", &format!("Shop {n}"))?,
        plan: Plan::Standard,
        locale: Locale::En,
        timezone: Timezone::parse("timezone", "Europe/Prague")?,
        admin: Name::parse("name", "Jana")?,
        email: Email::parse("email", &format!("jana@shop{n}.test"))?,
        password: password.clone(),
    };
    let account = accounts::create(store, new).await?;
    let hire = |account: &mut Account, now| {
        account.operators.extend((1..3).map(|of| colleague(of, n, now)));
        Ok(Vec::new())
    };
    Ok(change::commit(store, account.id, hire).await?)
}

fn colleague(of: u64, n: u64, created_at: Timestamp) -> Operator {
    Operator {
        id: OperatorId(Uuid::now_v7()),
        name: format!("Operator {of}"),
        email: format!("operator{of}@shop{n}.test"),
        role: Role::Agent,
        active: true,
        locale: None,
        offline: Switch::On,
        missed: Switch::On,
        created_at,
    }
}

/// One of the operators has a dashboard open, and is away from it.
async fn plug_in(store: &Arc<dyn Store>, account: &Account, node: NodeId) -> Result<Roster, Box<dyn Error>> {
    let mut roster = Roster::default();
    let input = roster::Input::PluggedIn {
        operator: account.operators[1].id,
        device: DeviceId("a dashboard".to_owned()),
        card: Card { kind: DeviceKind::Dashboard, name: Some("Firefox".to_owned()) },
        state: Some(Word { what: Status::Away, at: store.now() }),
        node,
        session: SessionId(Uuid::now_v7()),
    };
    let changed = roster.step(&input, account, store.now());
    let (key, stream) = (DocKey::Presence(account.id), Stream::Edges(account.id));
    let edges = (1..).zip(&changed.edges);
    let commit = Commit {
        reads: vec![(key, None)],
        writes: vec![Write { key, token: mint(None), state: encode(&roster) }],
        log: edges.map(|(position, edge)| Append { stream, position, entry: encode(edge) }).collect(),
        ..Commit::default()
    };
    change::settle(store, commit).await?;
    Ok(roster)
}

/// As visitors' ids are minted: the time first.
fn id_of(at: Timestamp, number: u64) -> Uuid {
    let millis = u128::from(at.0.cast_unsigned());
    let rest = u128::from(number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 2);
    Uuid::from_u128(millis << 80 | 0x7000 << 64 | 0b10 << 62 | rest)
}

/// What a conversation's actor would have committed of it.
fn put(commit: &mut Commit, doc: &Conversation, said: Vec<Message>, record: Vec<(u64, Decided)>) {
    let (account, id) = (doc.account, doc.id);
    let key = DocKey::Conversation(account, id);
    commit.reads.push((key, None));
    commit.writes.push(Write { key, token: mint(None), state: encode(doc) });
    let messages = Stream::Messages(account, id);
    commit.log.extend(said.into_iter().map(|message| Append {
        stream: messages,
        position: message.seq,
        entry: encode(&message),
    }));
    for (position, outcome) in record {
        for operator in outcome.operators() {
            let row = DecisionRow { operator, at: outcome.at, id: DecisionId { conversation: id, position } };
            commit.indexes.push((account, IndexOp::Decided(row)));
        }
        commit.log.push(Append { stream: Stream::Entries(account, id), position, entry: encode(&outcome) });
    }
    commit.indexes.extend(indexes(doc).into_iter().map(|op| (account, op)));
}

/// Where it stands in the indexes.
pub(crate) fn indexes(doc: &Conversation) -> Vec<IndexOp> {
    let state = doc.present().state;
    let mut indexes = vec![
        IndexOp::Deadline(doc.id, state.next_deadline().map(|(_, at)| at)),
        IndexOp::Attention(doc.id, state.is_attentive().then_some(Timestamp::NEVER)),
    ];
    if let Some(at) = doc.active_at {
        let said = [doc.visitor.name.as_deref(), doc.visitor.email.as_deref()];
        let row = InboxRow {
            status: match Conversation::standing(&state) {
                Standing::Unserved => InboxStatus::Unserved,
                Standing::Served => InboxStatus::Served,
                Standing::Closed => InboxStatus::Closed,
            },
            group: doc.group,
            at,
            joined: state.joined(),
            search: said.into_iter().flatten().map(fold).collect(),
        };
        indexes.push(IndexOp::Inbox(doc.id, row));
    }
    indexes
}

/// The settings of a directory in which a server can be started: they are in its `doorbell.toml`.
pub(crate) fn settings(dir: &Path, more: &str) -> Result<Settings, Box<dyn Error>> {
    let text = format!(
        "store.url = 'sqlite:{0}/doorbell.db'\nmail.smtp_url = 'file:{0}/outbox/'\nmail.from = 'notify@shop.test'\n\
         log.filter = 'warn'\n{more}\n",
        dir.canonicalize()?.display()
    );
    std::fs::write(dir.join("doorbell.toml"), &text)?;
    Ok(Settings::from_toml(&text, Path::new("doorbell.toml"))?)
}
