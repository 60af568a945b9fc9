//! The account's settings.

use actix_web::{HttpResponse, web};

use super::Front;
use super::auth::{Caller, LOCALES};
use super::body::{Body, RawBody};
use super::problem::{Answer, Problem};
use crate::domain::account::{Account, MissedRecipients, ReadCancels};
use crate::office::preferences::{self, AccountChange, KindChange, ORIGINS_MAX};
use crate::office::values::{Name, Origin, Timezone, delay, pause};
use crate::office::widgets;
use crate::wire::objects::AccountObject;

const READ_CANCELS: [(&str, ReadCancels); 2] = [("reader", ReadCancels::Reader), ("everyone", ReadCancels::Everyone)];
const MISSED_RECIPIENTS: [(&str, MissedRecipients); 2] =
    [("online", MissedRecipients::Online), ("audience", MissedRecipients::Audience)];

fn told(front: &Front, account: &Account) -> HttpResponse {
    HttpResponse::Ok().json(AccountObject::new(account, &front.host.delays))
}

pub(super) async fn show(front: web::Data<Front>, caller: Caller) -> Answer {
    Ok(told(&front, &caller.account))
}

pub(super) async fn change(front: web::Data<Front>, caller: Caller, raw: RawBody) -> Answer {
    caller.need_admin()?;
    let change = change_of(&raw.read().await?)?;
    let account =
        front.change_audited(&caller, Vec::new(), move |account, _| preferences::change(account, &change)).await?;
    Ok(told(&front, &account))
}

pub(super) async fn replace_widget_key(front: web::Data<Front>, caller: Caller) -> Answer {
    caller.need_admin()?;
    let fresh = widgets::mint();
    let change = move |account: &mut Account, now| preferences::replace_widget_key(account, &fresh, now);
    let account = front.change_audited(&caller, Vec::new(), change).await?;
    Ok(told(&front, &account))
}

fn change_of(body: &Body) -> Result<AccountChange, Problem> {
    let allowed_origins = body.list("allowed_origins", Origin::parse)?;
    if allowed_origins.as_ref().is_some_and(|origins| origins.len() > ORIGINS_MAX) {
        return Err(Problem::invalid("allowed_origins", format!("`allowed_origins` holds at most {ORIGINS_MAX}")));
    }
    Ok(AccountChange {
        name: body.parsed("name", Name::parse)?,
        locale: body.word("locale", &LOCALES)?,
        timezone: body.parsed("timezone", Timezone::parse)?,
        offline: KindChange {
            enabled: body.flag("notifications.offline.enabled")?,
            delay: body.number_or_null("notifications.offline.delay_s", delay)?,
        },
        missed: KindChange {
            enabled: body.flag("notifications.missed.enabled")?,
            delay: body.number_or_null("notifications.missed.delay_s", delay)?,
        },
        cooldown: body.number_or_null("notifications.cooldown_s", pause)?,
        read_cancels: body.word("notifications.read_cancels", &READ_CANCELS)?,
        missed_recipients: body.word("notifications.missed_recipients", &MISSED_RECIPIENTS)?,
        include_text: body.flag("notifications.include_text")?,
        allowed_origins,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Span;

    fn read(text: &str) -> Result<AccountChange, Problem> {
        change_of(&Body::parse(text.as_bytes()).unwrap())
    }

    #[test]
    fn a_change_holds_what_was_named() {
        let change =
            read(r#"{"notifications":{"offline":{"delay_s":0.6},"read_cancels":"everyone"},"plan":"pro"}"#).unwrap();
        assert_eq!(change.offline, KindChange { enabled: None, delay: Some(Some(Span(600))) });
        assert_eq!(change.read_cancels, Some(ReadCancels::Everyone));
        assert_eq!(change.missed, KindChange::default());
        assert_eq!(read(r#"{"notifications":{"offline":{"delay_s":null}}}"#).unwrap().offline.delay, Some(None));
    }

    #[test]
    fn each_mistake_names_its_field() {
        for (text, field) in [
            (r#"{"timezone":"Mars/Olympus"}"#, "timezone"),
            (r#"{"locale":"xx-nowhere"}"#, "locale"),
            (r#"{"notifications":{"offline":{"delay_s":-5}}}"#, "notifications.offline.delay_s"),
            (r#"{"notifications":{"offline":{"delay_s":"soon"}}}"#, "notifications.offline.delay_s"),
            (r#"{"notifications":{"offline":5}}"#, "notifications.offline"),
            (r#"{"notifications":{"read_cancels":"nobody"}}"#, "notifications.read_cancels"),
            (r#"{"notifications":{"missed_recipients":"all"}}"#, "notifications.missed_recipients"),
            (r#"{"allowed_origins":["https://a/b"]}"#, "allowed_origins"),
            (r#"{"allowed_origins":"https://a"}"#, "allowed_origins"),
            (r#"{"name":"Evil\r\nBcc: victim@evil.test"}"#, "name"),
        ] {
            let problem = read(text).unwrap_err();
            assert_eq!((problem.code(), problem.field()), ("invalid", Some(field)), "{text}");
        }
    }
}
