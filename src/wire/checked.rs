//! What stands in the way of somebody's emails now.

use serde::Serialize;

use super::explained::EvidenceObject;
use crate::domain::account::Kind;
use crate::domain::ids::{GroupId, LetterId};
use crate::domain::notice::check::{Check, Finding};
use crate::domain::notice::class::Class;
use crate::domain::notice::letter::{Letter, LetterState};
use crate::domain::notice::reason::Code;
use crate::domain::presence::status::Status;

/// One thing that was looked at.
#[derive(Serialize)]
pub struct CheckObject<'a> {
    kind: Option<Kind>,
    code: &'static str,
    ok: bool,
    text: String,
    rule: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Code>,
    #[serde(flatten)]
    evidence: EvidenceObject<'a>,
    #[serde(flatten)]
    found: Found<'a>,
}

/// What only some findings have.
#[derive(Default, Serialize)]
struct Found<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Status>,
    #[serde(skip_serializing_if = "Option::is_none")]
    groups: Option<&'a [GroupId]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_groups: Option<&'a [GroupId]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<LetterId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<LetterState>,
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<Class>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply: Option<&'a str>,
}

impl<'a> CheckObject<'a> {
    /// A check, told in words by `text`.
    pub fn new(check: &'a Check<'a>, text: String) -> Self {
        Self {
            kind: check.kind,
            code: check.finding.code(),
            ok: check.ok,
            text,
            rule: check.rule(),
            reason: check.reason,
            evidence: (&check.evidence).into(),
            found: Found::of(&check.finding),
        }
    }
}

impl<'a> Found<'a> {
    fn of(finding: &'a Finding<'a>) -> Self {
        match finding {
            Finding::OfflineEverywhere(status) | Finding::Online(Some(status)) => {
                Self { status: Some(*status), ..Self::default() }
            }
            Finding::ColleaguesOffline { but } if !but.is_empty() => Self { not_groups: Some(but), ..Self::default() },
            Finding::Audience { groups, others } => {
                Self { groups: Some(groups), not_groups: Some(others), ..Self::default() }
            }
            Finding::Address { address, refusal } => {
                Self { address: Some(address), reply: *refusal, ..Self::default() }
            }
            Finding::Delivery(Some(letter)) => Self::of_letter(letter),
            _ => Self::default(),
        }
    }

    fn of_letter(letter: &'a Letter) -> Self {
        let last = letter.attempts.last();
        Self {
            email: Some(letter.id),
            state: Some(letter.state),
            class: letter.class(),
            reply: last.map(|last| last.reply.as_str()),
            address: Some(&letter.to),
            ..Self::default()
        }
    }
}
