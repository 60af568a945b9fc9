//! The inbox, conversations with their messages, and why there was or was not an email.

use std::collections::BTreeSet;

use actix_web::{HttpRequest, HttpResponse, web};

use super::Front;
use super::auth::Caller;
use super::people::List;
use super::problem::{Answer, Problem};
use super::query::{Query, cursor, path_id};
use crate::actors::account::{count_all, others_groups};
use crate::actors::api::{AskConversations, AskExplanation};
use crate::domain::conversation::message::Message;
use crate::domain::conversation::view::ConversationView;
use crate::domain::fold::fold;
use crate::domain::ids::ConversationId;
use crate::domain::refusal::Refusal;
use crate::ports::journal::{InboxQuery, InboxStatus, Stream};
use crate::ports::record;
use crate::wire::explained::ExplanationObject;
use crate::wire::objects::{ConversationObject, CountsObject, MessageObject};

/// Which conversations are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum View {
    Unserved,
    Mine,
    Served,
    Closed,
    All,
}

const VIEWS: [(&str, View); 5] = [
    ("unserved", View::Unserved),
    ("mine", View::Mine),
    ("served", View::Served),
    ("closed", View::Closed),
    ("all", View::All),
];

impl View {
    /// Lists cover the operator's own audience and what they joined; `all` covers the account.
    fn query(self, caller: &Caller) -> InboxQuery {
        let status = match self {
            Self::Unserved => Some(InboxStatus::Unserved),
            Self::Mine | Self::Served => Some(InboxStatus::Served),
            Self::Closed => Some(InboxStatus::Closed),
            Self::All => None,
        };
        let of_audience = matches!(self, Self::Unserved | Self::Served | Self::Closed);
        InboxQuery {
            status,
            but_groups: if of_audience { others_groups(&caller.account, caller.id()) } else { Vec::new() },
            or_joined_by: of_audience.then(|| caller.id()),
            joined_by: (self == Self::Mine).then(|| caller.id()),
            prefix: None,
            after: None,
            limit: 0,
        }
    }
}

/// Tells a conversation in the caller's language.
pub(super) fn told(caller: &Caller, view: &ConversationView) -> serde_json::Value {
    caller.speaker().spell(|voice| serde_json::json!(ConversationObject::new(view, voice)))
}

pub(super) async fn list(front: web::Data<Front>, caller: Caller, request: HttpRequest) -> Answer {
    let asked = Query::of(&request)?;
    let view = asked.word("view", &VIEWS)?.unwrap_or(View::All);
    let limit = asked.limit()?;
    let prefix = asked.text("q").map(fold).filter(|prefix| !prefix.is_empty());
    let query = InboxQuery { prefix, after: asked.cursor()?, limit: limit + 1, ..view.query(&caller) };
    let mut rows = front.host.store.inbox(caller.account.id, query).await?;
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| has_more).map(cursor);
    let ids = rows.into_iter().map(|(_, id)| id).collect();
    let views = front.accounts.ask(caller.account.id, AskConversations(ids)).await?;
    let items = views.iter().map(|view| told(&caller, view)).collect::<Vec<_>>();
    Ok(HttpResponse::Ok().json(List { items, next }))
}

pub(super) async fn counts(front: web::Data<Front>, caller: Caller) -> Answer {
    let counted = count_all(&*front.host.store, &caller.account, BTreeSet::from([caller.id()])).await?;
    let counts = counted.get(&caller.id()).copied().unwrap_or_default();
    Ok(HttpResponse::Ok().json(CountsObject::from(counts)))
}

pub(super) async fn show(front: web::Data<Front>, caller: Caller, request: HttpRequest) -> Answer {
    let id = path_id(&request, "conversation")?;
    let views = need(&front, &caller, id).await?;
    Ok(HttpResponse::Ok().json(told(&caller, &views)))
}

async fn need(front: &Front, caller: &Caller, id: ConversationId) -> Result<std::sync::Arc<ConversationView>, Problem> {
    let mut views = front.accounts.ask(caller.account.id, AskConversations(vec![id])).await?;
    views.pop().ok_or_else(|| Problem::not_found("conversation"))
}

pub(super) async fn messages(front: web::Data<Front>, caller: Caller, request: HttpRequest) -> Answer {
    let id: ConversationId = path_id(&request, "conversation")?;
    let asked = Query::of(&request)?;
    let limit = asked.limit()?;
    let place = Place::of(&asked)?;
    need(&front, &caller, id).await?;
    let (messages, next) = page_of(&front, Stream::Messages(caller.account.id, id), place, limit).await?;
    let speaker = caller.speaker();
    let happened = |event: &_| speaker.happened(event);
    let items = messages.iter().map(|message| MessageObject::new(message, &happened).of(id));
    Ok(HttpResponse::Ok().json(List { items: items.collect(), next }))
}

/// Where a page of messages begins. Whichever it is, its items ascend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Right after a message: pages lead to newer ones, and `next` is the `after` of the next page.
    After(u64),
    /// The newest before a message: pages lead to older ones, and `next` is the `before` of the next page.
    Before(u64),
}

impl Place {
    fn of(asked: &Query) -> Result<Self, Problem> {
        match (seq_of(asked, "after")?, seq_of(asked, "before")?) {
            (Some(_), Some(_)) => {
                Err(Problem::invalid("before", "either `after` or `before` says where a page begins"))
            }
            (None, Some(before)) => Ok(Self::Before(before)),
            (after, None) => Ok(Self::After(after.unwrap_or(0))),
        }
    }
}

fn seq_of(asked: &Query, name: &'static str) -> Result<Option<u64>, Problem> {
    let right = "the `seq` of a message";
    match asked.parsed::<u64>(name, right)? {
        Some(seq) if i64::try_from(seq).is_err() => Err(Problem::invalid(name, format!("`{name}` is {right}"))),
        seq => Ok(seq),
    }
}

async fn page_of(
    front: &Front,
    stream: Stream,
    place: Place,
    limit: usize,
) -> Result<(Vec<Message>, Option<String>), Problem> {
    let store = &front.host.store;
    let mut entries = match place {
        Place::After(after) => store.read(stream, after, limit + 1).await?,
        Place::Before(before) => store.read_back(stream, before, limit + 1).await?,
    };
    let has_more = entries.len() > limit;
    let edge = match place {
        Place::After(_) => {
            entries.truncate(limit);
            entries.last()
        }
        Place::Before(_) => {
            entries.drain(..entries.len().saturating_sub(limit));
            entries.first()
        }
    };
    let next = edge.filter(|_| has_more).map(|(seq, _)| seq.to_string());
    let decoded: Result<Vec<Message>, _> = entries.iter().map(|(_, entry)| record::decode(entry)).collect();
    Ok((decoded.map_err(Refusal::from)?, next))
}

/// Why there was, or was not, an email (rules W1 to W3).
pub(super) async fn explanation(front: web::Data<Front>, caller: Caller, request: HttpRequest) -> Answer {
    let id: ConversationId = path_id(&request, "conversation")?;
    need(&front, &caller, id).await?;
    let explanation = front.accounts.ask(caller.account.id, AskExplanation(id)).await?;
    let speaker = caller.speaker();
    let sentence = |reason: &_, kind, about| speaker.reason(reason, kind, about);
    Ok(HttpResponse::Ok().json(ExplanationObject::new(&explanation, &sentence)))
}
