//! What the letter of `doorbell mail test` says.

/// The sentences of a test letter. Whatever is handed in stands in them as it is.
pub trait Trials {
    /// The subject.
    fn trial_subject(&self) -> &'static str;

    /// That it came.
    fn trial_intro(&self) -> &'static str;

    /// From which server, from which address, through which relay.
    fn trial_about(&self, public_url: &str, sender: &str, through: &str) -> String;

    /// Why it was sent, and that nothing need be done.
    fn trial_foot(&self) -> &'static str;
}
