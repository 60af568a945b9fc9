//! Use cases that are not conversation. A request in, a commit, who must be told; called by the edges and the command line.
//!
//! What changes an account's settings is a pure function of them ([`operators`], [`groups`], [`preferences`]): the running
//! server hands it to the account's actor, a command of the command line commits it itself ([`change::commit`]). Values are
//! checked where they are made ([`values`]), so that no change has to distrust what it is given.

pub mod accounts;
pub mod change;
pub mod decisions;
pub mod groups;
pub mod letters;
pub mod notes;
pub mod operators;
pub mod passwords;
pub mod preferences;
pub mod resets;
pub mod returns;
pub mod sessions;
pub mod suppressions;
pub mod tokens;
pub mod trail;
pub mod values;
pub mod widgets;
