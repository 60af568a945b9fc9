//! What an admin should know now.

use actix_web::{HttpResponse, web};

use super::Front;
use super::auth::Caller;
use super::people::List;
use super::problem::Answer;
use crate::domain::bulletin;
use crate::wire::objects::NoticeObject;

pub(super) async fn list(front: web::Data<Front>, caller: Caller) -> Answer {
    caller.need_admin()?;
    let speaker = caller.speaker();
    let notices = bulletin::notices(&caller.account, &front.host.board.now());
    let items =
        speaker.spell(|voice| notices.into_iter().map(|notice| NoticeObject::new(notice, voice)).collect::<Vec<_>>());
    Ok(HttpResponse::Ok().json(List::whole(items)))
}
