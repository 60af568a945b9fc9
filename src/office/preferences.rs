//! What an admin may set for the whole account.

use super::change::Decided;
use super::values::{Name, Origin, Timezone};
use super::widgets;
use crate::domain::account::{Account, KindSettings, Locale, MissedRecipients, ReadCancels, WidgetKey};
use crate::domain::time::{Span, Timestamp};
use crate::ports::journal::RecordOp;
use crate::ports::record;

/// The most web sites that may embed a widget.
pub const ORIGINS_MAX: usize = 100;
/// How long a widget's key that was replaced still works.
pub const OLD_KEY_WORKS: Span = Span::from_secs(24 * 3_600);

/// What changes of one kind of email. `None`: it stays as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KindChange {
    /// Whether the account gets any of it.
    pub enabled: Option<bool>,
    /// Its delay; `Some(None)`: the server's.
    pub delay: Option<Option<Span>>,
}

impl KindChange {
    fn apply(self, settings: &mut KindSettings) {
        settings.enabled = self.enabled.unwrap_or(settings.enabled);
        settings.delay = self.delay.unwrap_or(settings.delay);
    }
}

/// What changes of an account. `None`: it stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountChange {
    /// Its name.
    pub name: Option<Name>,
    /// The language of its operators who chose none.
    pub locale: Option<Locale>,
    /// The time zone of its mails.
    pub timezone: Option<Timezone>,
    /// Offline emails.
    pub offline: KindChange,
    /// Missed emails.
    pub missed: KindChange,
    /// The pause between two mails (rule N6); `Some(None)`: the server's.
    pub cooldown: Option<Option<Span>>,
    /// Whom an opening excludes (rule N7).
    pub read_cancels: Option<ReadCancels>,
    /// Who gets a missed email (rule D1).
    pub missed_recipients: Option<MissedRecipients>,
    /// Whether mails hold the texts of messages (rule E1).
    pub include_text: Option<bool>,
    /// All web sites that may embed the widget; none: any.
    pub allowed_origins: Option<Vec<Origin>>,
}

/// Changes an account. Running timers keep the delay with which they started (rule N3).
///
/// # Errors
/// None: the values are good.
pub fn change(account: &mut Account, change: &AccountChange) -> Decided {
    if let Some(name) = &change.name {
        name.as_str().clone_into(&mut account.name);
    }
    if let Some(timezone) = &change.timezone {
        timezone.as_str().clone_into(&mut account.timezone);
    }
    if let Some(origins) = &change.allowed_origins {
        account.allowed_origins = origins.iter().map(|origin| origin.as_str().to_owned()).collect();
    }
    account.locale = change.locale.unwrap_or(account.locale);
    let notifications = &mut account.notifications;
    change.offline.apply(&mut notifications.offline);
    change.missed.apply(&mut notifications.missed);
    notifications.cooldown = change.cooldown.unwrap_or(notifications.cooldown);
    notifications.read_cancels = change.read_cancels.unwrap_or(notifications.read_cancels);
    notifications.missed_recipients = change.missed_recipients.unwrap_or(notifications.missed_recipients);
    notifications.include_text = change.include_text.unwrap_or(notifications.include_text);
    Ok(Vec::new())
}

/// Makes `fresh` the widget's key; the one before it works for another [`OLD_KEY_WORKS`].
///
/// # Errors
/// None.
pub fn replace_widget_key(account: &mut Account, fresh: &WidgetKey, now: Timestamp) -> Decided {
    let lapsed = |key: &WidgetKey| key.until.is_some_and(|until| until <= now);
    let (gone, mut kept): (Vec<_>, Vec<_>) = std::mem::take(&mut account.widget_keys).into_iter().partition(lapsed);
    let mut records: Vec<_> =
        gone.into_iter().map(|key| RecordOp::Delete { key: record::widget_key(&key.key) }).collect();
    for key in kept.iter_mut().filter(|key| key.until.is_none()) {
        key.until = Some(now + OLD_KEY_WORKS);
        records.push(widgets::put(account.id, key));
    }
    records.push(widgets::put(account.id, fresh));
    account.widget_keys = std::iter::once(fresh.clone()).chain(kept).collect();
    Ok(records)
}

#[cfg(test)]
mod tests {
    use super::super::operators::tests::account;
    use super::*;
    use crate::domain::account::Plan;

    #[test]
    fn what_is_not_named_stays() {
        let mut account = account(Plan::Free);
        let before = account.clone();
        change(&mut account, &AccountChange::default()).unwrap();
        assert_eq!(account, before);
        let offline = KindChange { delay: Some(Some(Span(600))), ..KindChange::default() };
        change(&mut account, &AccountChange { offline, ..AccountChange::default() }).unwrap();
        assert_eq!(account.notifications.offline, KindSettings { enabled: true, delay: Some(Span(600)) });
        let offline = KindChange { delay: Some(None), ..KindChange::default() };
        change(&mut account, &AccountChange { offline, ..AccountChange::default() }).unwrap();
        assert_eq!(account, before);
    }

    #[test]
    fn a_replaced_key_works_for_another_day() {
        let mut account = account(Plan::Free);
        let key = |name: &str| WidgetKey { key: name.to_owned(), until: None };
        account.widget_keys = vec![key("a")];
        replace_widget_key(&mut account, &key("b"), Timestamp(0)).unwrap();
        assert_eq!(account.widget_keys[0].key, "b");
        assert_eq!(account.widget_keys[1].until, Some(Timestamp(0) + OLD_KEY_WORKS));
        let records = replace_widget_key(&mut account, &key("c"), Timestamp(0) + OLD_KEY_WORKS).unwrap();
        assert_eq!(records[0], RecordOp::Delete { key: record::widget_key("a") });
        assert_eq!(account.widget_keys.iter().map(|k| k.key.as_str()).collect::<Vec<_>>(), ["c", "b"]);
    }
}
