//! Why there was, or was not, an email: reasons with their evidence, the explanation, rows of the outbox (rules W1 to W3).

use serde::Serialize;

use super::Voice;
use super::time::{Seconds, Time};
use crate::domain::account::Kind;
use crate::domain::conversation::thread::VisitorCard;
use crate::domain::ids::{ConversationId, LetterId, OperatorId, VisitorId};
use crate::domain::news::TimerState;
use crate::domain::notice::class::Class;
use crate::domain::notice::explain::{Decision, Explanation, TimerTold};
use crate::domain::notice::letter::{Attempt, Letter, LetterState};
use crate::domain::notice::reason::{Code, DeviceRef, Evidence, Reason};

/// A reason: its code, its sentence, its rule, and the evidence that there is.
#[derive(Serialize)]
pub struct ReasonObject<'a> {
    code: Code,
    text: String,
    rule: &'static str,
    #[serde(flatten)]
    evidence: EvidenceObject<'a>,
}

/// The facts behind something that is told: those that there are.
#[derive(Serialize)]
pub(super) struct EvidenceObject<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<OperatorId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<&'a DeviceRef>,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    setting: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delay_s: Option<Seconds>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<u64>,
}

impl<'a> ReasonObject<'a> {
    /// A reason about an email of `kind`, told in `voice`.
    pub fn new(reason: &'a Reason, kind: Kind, voice: Voice<'_>) -> Self {
        Self {
            code: reason.code,
            text: (voice.reason)(reason, kind),
            rule: reason.code.rule(),
            evidence: (&reason.evidence).into(),
        }
    }
}

impl<'a> From<&'a Evidence> for EvidenceObject<'a> {
    fn from(evidence: &'a Evidence) -> Self {
        Self {
            at: evidence.at.map(Time),
            by: evidence.by,
            device: evidence.device.as_ref(),
            since: evidence.since.map(Time),
            until: evidence.until.map(Time),
            setting: evidence.setting.as_deref(),
            delay_s: evidence.delay.map(Seconds),
            seq: evidence.seq,
        }
    }
}

/// The name of what became of a timer.
pub fn timer_state(state: TimerState) -> &'static str {
    match state {
        TimerState::Running => "running",
        TimerState::Cancelled => "cancelled",
        TimerState::Fired => "fired",
    }
}

/// The explanation of a conversation.
#[derive(Serialize)]
pub struct ExplanationObject<'a> {
    timers: Vec<TimerToldObject<'a>>,
    decisions: Vec<DecisionObject<'a>>,
}

impl<'a> ExplanationObject<'a> {
    /// Everything that was decided. A sentence may depend on whom its decision is about (`None`: about a timer).
    pub fn new(explanation: &'a Explanation, sentence: Sentence<'_>) -> Self {
        Self {
            timers: explanation.timers.iter().map(|timer| TimerToldObject::new(timer, sentence)).collect(),
            decisions: explanation.decisions.iter().map(|decision| DecisionObject::new(decision, sentence)).collect(),
        }
    }
}

/// How a reason for (not) mailing somebody is told.
pub type Sentence<'s> = &'s dyn Fn(&Reason, Kind, Option<OperatorId>) -> String;

fn reason<'a>(reason: &'a Reason, kind: Kind, about: Option<OperatorId>, sentence: Sentence<'_>) -> ReasonObject<'a> {
    let told = |reason: &Reason, kind| sentence(reason, kind, about);
    ReasonObject::new(reason, kind, Voice { happened: &|_| String::new(), reason: &told, notice: &|_| String::new() })
}

#[derive(Serialize)]
struct TimerToldObject<'a> {
    kind: Kind,
    started_at: Time,
    due_at: Time,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<ReasonObject<'a>>,
}

impl<'a> TimerToldObject<'a> {
    fn new(timer: &'a TimerTold, sentence: Sentence<'_>) -> Self {
        Self {
            kind: timer.kind,
            started_at: timer.started_at.into(),
            due_at: timer.due_at.into(),
            state: timer_state(timer.state),
            ended_at: timer.ended_at.map(Time),
            reason: timer.reason.as_ref().map(|r| reason(r, timer.kind, None, sentence)),
        }
    }
}

#[derive(Serialize)]
struct DecisionObject<'a> {
    at: Time,
    kind: Kind,
    operator: Option<OperatorId>,
    code: Code,
    text: String,
    rule: &'static str,
    reasons: Vec<ReasonObject<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timer: Option<usize>,
    seqs: &'a [u64],
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<LetterId>,
}

impl<'a> DecisionObject<'a> {
    fn new(decision: &'a Decision, sentence: Sentence<'_>) -> Self {
        let about = decision.operator;
        let reasons: Vec<_> = decision.reasons.iter().map(|r| reason(r, decision.kind, about, sentence)).collect();
        Self {
            at: decision.at.into(),
            kind: decision.kind,
            operator: about,
            code: decision.code(),
            text: reasons.first().map(|headline| headline.text.clone()).unwrap_or_default(),
            rule: decision.code().rule(),
            reasons,
            timer: decision.timer,
            seqs: &decision.seqs,
            email: decision.letter,
        }
    }
}

/// A decision about one operator, told apart from its conversation.
#[derive(Serialize)]
pub struct NotificationObject<'a> {
    at: Time,
    conversation: ConversationId,
    visitor: NamedVisitor<'a>,
    kind: Kind,
    code: Code,
    text: String,
    rule: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<LetterId>,
}

/// Who the visitor is, as far as it is known when it is told.
#[derive(Serialize)]
struct NamedVisitor<'a> {
    id: VisitorId,
    name: Option<&'a str>,
    email: Option<&'a str>,
}

impl<'a> NotificationObject<'a> {
    /// A decision about a conversation with this visitor.
    pub fn new(
        decision: &'a Decision,
        conversation: ConversationId,
        visitor: &'a VisitorCard,
        sentence: Sentence<'_>,
    ) -> Self {
        let headline = decision.reasons.first();
        Self {
            at: decision.at.into(),
            conversation,
            visitor: NamedVisitor {
                // A conversation bears the id of its visitor.
                id: VisitorId(conversation.0),
                name: visitor.name.as_deref(),
                email: visitor.email.as_deref(),
            },
            kind: decision.kind,
            code: decision.code(),
            text: headline.map(|reason| sentence(reason, decision.kind, decision.operator)).unwrap_or_default(),
            rule: decision.code().rule(),
            email: decision.letter,
        }
    }
}

/// A row of the outbox.
#[derive(Serialize)]
pub struct EmailObject<'a> {
    id: LetterId,
    conversation: ConversationId,
    operator: OperatorId,
    kind: Kind,
    state: LetterState,
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<Class>,
    to: &'a str,
    message_id: &'a str,
    created_at: Time,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_attempt_at: Option<Time>,
    attempts: Vec<AttemptObject<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

#[derive(Serialize)]
struct AttemptObject<'a> {
    at: Time,
    server: Option<&'a str>,
    reply: &'a str,
    class: Option<Class>,
}

impl<'a> EmailObject<'a> {
    /// A letter; `text`: what is known of it, as a sentence (rule W3).
    pub fn new(letter: &'a Letter, text: Option<String>) -> Self {
        let attempt = |Attempt { at, server, reply, class }: &'a Attempt| AttemptObject {
            at: (*at).into(),
            server: server.as_deref(),
            reply,
            class: *class,
        };
        Self {
            id: letter.id,
            conversation: letter.id.conversation,
            operator: letter.id.operator,
            kind: letter.kind,
            state: letter.state,
            class: letter.class(),
            to: &letter.to,
            message_id: &letter.message_id,
            created_at: letter.created_at.into(),
            next_attempt_at: letter.next_attempt_at.map(Time),
            attempts: letter.attempts.iter().map(attempt).collect(),
            text,
        }
    }
}
