//! What is said, whatever the language.

use jiff::tz::TimeZone;

use super::{Checks, Moments, Names, Notes, Trials};
use crate::domain::account::Kind;
use crate::domain::bulletin::Notice;
use crate::domain::conversation::message::Happened;
use crate::domain::ids::OperatorId;
use crate::domain::notice::class::Class;
use crate::domain::notice::letter::LetterState;
use crate::domain::notice::reason::{Code, DeviceRef, Reason};
use crate::domain::notice::refusals::BlockedDomain;
use crate::domain::time::{Span, Timestamp};

/// To whom and about what a reason is told.
pub struct Telling<'a> {
    /// Of which kind of email.
    pub kind: Kind,
    /// About whom; `None`: nobody in particular.
    pub about: Option<OperatorId>,
    /// Who is called what.
    pub who: &'a dyn Names,
    /// Where the reader's clock hangs.
    pub tz: &'a TimeZone,
}

impl<'a> Telling<'a> {
    /// Their name, or what the language calls somebody without one.
    pub fn name(&self, id: Option<OperatorId>, otherwise: &'a str) -> &'a str {
        self.who.operator_or(id, otherwise)
    }

    /// The name of whom it is about.
    pub fn about(&self, otherwise: &'a str) -> &'a str {
        self.name(self.about, otherwise)
    }
}

/// What became of a timer.
#[derive(Clone, Copy, Debug)]
pub enum TimerState<'a> {
    /// It runs.
    Running {
        /// When it fires unless something cancels it.
        due_at: Timestamp,
    },
    /// Its condition ended.
    Cancelled {
        /// Why.
        reason: &'a Reason,
    },
    /// Its condition held for the whole delay.
    Fired {
        /// When.
        at: Timestamp,
    },
}

/// What is known of a letter.
pub struct OutboxFacts<'a> {
    /// Where it stands.
    pub state: LetterState,
    /// The address that it goes, or went, to.
    pub to: &'a str,
    /// When it was last tried.
    pub at: Option<Timestamp>,
    /// Which server was spoken to.
    pub server: Option<&'a str>,
    /// What it answered, or what went wrong.
    pub reply: Option<&'a str>,
    /// What that means (rule D5).
    pub class: Option<Class>,
    /// Why it was no longer needed (rule N9).
    pub dropped: Option<Code>,
    /// Whether a copy of it may have arrived nevertheless (rule E4).
    pub may_have_arrived: bool,
    /// Under which id it queued the letter.
    pub queue_id: Option<&'a str>,
    /// When it is tried, or looked at, again.
    pub next_attempt_at: Option<Timestamp>,
    /// Where the reader's clock hangs.
    pub tz: &'a TimeZone,
}

/// What an admin should know, and what it is told with.
pub struct NoticeFacts<'a> {
    /// What.
    pub notice: Notice,
    /// The domains whose servers do not let our emails in.
    pub blocked: Vec<BlockedDomain<'a>>,
    /// The domain of our sender: what is to be allowed.
    pub mail_domain: &'a str,
    /// Where the reader's clock hangs.
    pub tz: &'a TimeZone,
}

/// Why a letter was sent, for the foot of it (rule E1).
pub struct Why<'a> {
    /// Of which kind it is.
    pub kind: Kind,
    /// The account's name.
    pub account: &'a str,
    /// The group of the conversation.
    pub group: Option<&'a str>,
    /// The delay that was kept.
    pub delay: Span,
    /// Since when its condition held, as told.
    pub since: &'a str,
}

/// A language. Whatever is handed in stands in the sentence as it is: who prints it as markup escapes it there.
pub trait Language: Moments + Notes + Checks + Trials + Sync {
    /// A reason, with its evidence.
    fn reason(&self, reason: &Reason, telling: &Telling<'_>) -> String;

    /// What became of a timer.
    fn timer(&self, state: TimerState<'_>, telling: &Telling<'_>) -> String;

    /// A system message in a conversation.
    fn system_message(&self, event: &Happened) -> String;

    /// What an admin should know, and what to do about it.
    fn notice(&self, facts: &NoticeFacts<'_>) -> String;

    /// What a refusal means, as a part of a sentence; `None`: nothing that can be said.
    fn class(&self, class: Class) -> Option<&'static str>;

    /// What is known of a letter.
    fn outbox(&self, facts: &OutboxFacts<'_>) -> String;

    /// The tag of the language, as HTML and HTTP spell it.
    fn tag(&self) -> &'static str;

    /// A sentence for a letter or a page: the spaces at which the language's typography wants no line to end are such that
    /// none does.
    fn typeset(&self, sentence: &str) -> String {
        sentence.to_owned()
    }

    /// A kind of email by its name, in the plural: "offline emails".
    fn kind(&self, kind: Kind) -> &'static str;

    /// What a device without a name is called.
    fn device<'a>(&self, device: Option<&'a DeviceRef>) -> &'a str;

    /// What a visitor without a name is called; `mark` tells them apart.
    fn unnamed_visitor(&self, mark: &str) -> String;

    /// So many messages: "1 message", "5 messages".
    fn messages(&self, count: usize) -> String;

    /// The subject of all letters about one conversation with this visitor.
    fn subject(&self, visitor: &str) -> String;

    /// The first sentence of a letter: who wrote, and why that is news.
    fn intro(&self, kind: Kind, visitor: &str) -> String;

    /// How many messages wait, in a letter that does not hold them (`include_text = false`).
    fn without_texts(&self, count: usize) -> String;

    /// The note where a long message is cut.
    fn cut(&self) -> &'static str;

    /// The note that so many more messages wait.
    fn and_more(&self, count: usize) -> String;

    /// The label of the visitor.
    fn label_visitor(&self) -> &'static str;

    /// The label of the visitor's address.
    fn label_email(&self) -> &'static str;

    /// The label of the page.
    fn label_page(&self) -> &'static str;

    /// The label of the group.
    fn label_group(&self) -> &'static str;

    /// What the button says.
    fn button(&self) -> &'static str;

    /// That an answer to the letter reaches the visitor.
    fn reply_hint(&self) -> &'static str;

    /// Why the letter was sent.
    fn why(&self, why: &Why<'_>) -> String;

    /// What the link says that switches this kind off.
    fn unsubscribe(&self, kind: Kind) -> String;

    /// The page behind that link: whether it is meant.
    fn unsubscribe_question(&self, kind: Kind) -> String;

    /// Below the question: whom it is for, and that nothing else changes (rule D4).
    fn unsubscribe_reach(&self) -> &'static str;

    /// The page after it: that it is done.
    fn unsubscribed(&self, kind: Kind) -> String;

    /// How to undo it.
    fn unsubscribe_undo(&self) -> &'static str;

    /// The page of a link that stands for nobody, or nobody any more.
    fn unsubscribe_unknown(&self) -> &'static str;

    /// What the link says that leads to one's own switches in the dashboard.
    fn own_switches(&self) -> &'static str;

    /// What a visitor, or whose web site it is, reads in place of a chat whose key is none.
    fn no_chat(&self) -> &'static str;
}
