//! The outbox: an admin sees the account's, an agent their own.

use actix_web::{HttpRequest, HttpResponse, web};

use super::Front;
use super::auth::Caller;
use super::people::List;
use super::problem::{Answer, Problem};
use super::query::{Query, cursor, path_id};
use crate::domain::ids::{LetterId, OperatorId};
use crate::domain::notice::letter::{Letter, LetterState};
use crate::office::letters;
use crate::ports::journal::LetterQuery;
use crate::wire::explained::EmailObject;

pub(super) async fn list(front: web::Data<Front>, caller: Caller, request: HttpRequest) -> Answer {
    let asked = Query::of(&request)?;
    let limit = asked.limit()?;
    let states = LetterState::ALL.map(|state| (state.as_str(), state));
    let state = asked.word("state", &states)?.map(|state| state.as_str().to_owned());
    let conversation = asked.parsed("conversation", "the id of a conversation")?;
    let mut operator: Option<OperatorId> = asked.parsed("operator", "the id of an operator")?;
    if !caller.is_admin() {
        if operator.is_some_and(|id| id != caller.id()) {
            caller.need_admin()?;
        }
        operator = Some(caller.id());
    }
    let query = LetterQuery { state, operator, conversation, after: asked.cursor()?, limit: limit + 1 };
    let mut rows = front.host.store.letters(caller.account.id, query).await?;
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| has_more).map(cursor);
    let ids: Vec<LetterId> = rows.into_iter().map(|(_, id)| id).collect();
    let letters = letters::load(&front.host.store, caller.account.id, &ids).await?;
    let items = letters.iter().map(|letter| told(&caller, letter)).collect();
    Ok(HttpResponse::Ok().json(List { items, next }))
}

fn told<'a>(caller: &Caller, letter: &'a Letter) -> EmailObject<'a> {
    EmailObject::new(letter, Some(caller.speaker().letter(letter)))
}

/// The letter in the path, if the caller may see it.
fn letter_in(request: &HttpRequest, caller: &Caller) -> Result<LetterId, Problem> {
    let id: LetterId = path_id(request, "email")?;
    if caller.is_admin() || id.operator == caller.id() { Ok(id) } else { Err(Problem::not_found("email")) }
}

pub(super) async fn show(front: web::Data<Front>, caller: Caller, request: HttpRequest) -> Answer {
    let id = letter_in(&request, &caller)?;
    let letter = letters::get(&front.host.store, caller.account.id, id).await?;
    Ok(HttpResponse::Ok().json(told(&caller, &letter)))
}

pub(super) async fn retry(front: web::Data<Front>, caller: Caller, request: HttpRequest) -> Answer {
    let id = letter_in(&request, &caller)?;
    let by = caller.is_admin().then(|| caller.doer());
    let letter = letters::retry(&front.host.store, caller.account.id, id, by.as_ref()).await?;
    front.host.letters_asked_for.notify_one();
    Ok(HttpResponse::Ok().json(told(&caller, &letter)))
}
