//! What an admin should know now.

use actix_web::{HttpResponse, web};

use super::Front;
use super::auth::Caller;
use super::people::List;
use super::problem::Answer;
use crate::domain::bulletin;
use crate::wire::Voice;
use crate::wire::objects::NoticeObject;

pub(super) async fn list(front: web::Data<Front>, caller: Caller) -> Answer {
    caller.need_admin()?;
    let speaker = caller.speaker();
    let voice = Voice {
        happened: &|event| speaker.happened(event),
        reason: &|reason, kind| speaker.reason(reason, kind, None),
        notice: &|notice| speaker.notice(notice),
    };
    let notices = bulletin::notices(&caller.account, &front.host.board.now());
    let items = notices.into_iter().map(|notice| NoticeObject::new(notice, voice)).collect();
    Ok(HttpResponse::Ok().json(List::whole(items)))
}
