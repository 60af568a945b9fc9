//! What letters about accounts say.

use crate::domain::note::Tidings;

/// The sentences of letters about accounts. Whatever is handed in stands in them as it is.
pub trait Notes {
    /// The subject. It holds nothing that anybody typed.
    fn note_subject(&self, tidings: &Tidings) -> &'static str;

    /// That somebody invites to an account; `by: None`: who runs the server.
    fn note_invited(&self, by: Option<&str>, account: &str) -> String;

    /// With which address the invited one logs in.
    fn note_invited_about(&self, email: &str) -> String;

    /// That somebody asked for a new password.
    fn note_forgotten(&self, email: &str) -> String;

    /// That so many people have the address, each with a password of their own.
    fn note_forgotten_about(&self, count: usize) -> String;

    /// That the address of somebody was changed.
    fn note_address_changed(&self, name: &str, account: &str) -> String;

    /// What that means for the old address, and who did it.
    fn note_address_changed_about(&self, old: &str, by: Option<&str>) -> String;

    /// What the button says.
    fn note_button(&self) -> &'static str;

    /// How long the link works.
    fn note_until(&self, until: &str) -> String;

    /// What to do if it was not expected.
    fn note_foot(&self, tidings: &Tidings) -> &'static str;
}
