//! Entries of the audit trail.

use serde::Serialize;
use serde_json::{Value, json};

use super::time::Time;
use crate::domain::audit::{Act, Doer, Entry, Subject};

/// Who did what to what, and when.
#[derive(Serialize)]
pub struct AuditObject<'a> {
    at: Time,
    /// `null`: the command line.
    operator: Option<&'a Doer>,
    act: Act,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a Subject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<Value>,
}

impl<'a> From<&'a Entry> for AuditObject<'a> {
    fn from(entry: &'a Entry) -> Self {
        let done = &entry.done;
        let details = match &done.plans {
            Some((from, to)) => Some(json!({ "from": from, "to": to })),
            None if done.fields.is_empty() => None,
            None => Some(json!({ "fields": done.fields })),
        };
        let Entry { at, by, .. } = entry;
        Self { at: (*at).into(), operator: by.as_ref(), act: done.act, subject: done.subject.as_ref(), details }
    }
}
