//! The test letter, in English.

use super::super::trial::Trials;
use super::English;

impl Trials for English {
    fn trial_subject(&self) -> &'static str {
        "Test letter from doorbell"
    }

    fn trial_intro(&self) -> &'static str {
        "This is a test: mail from doorbell reaches you."
    }

    fn trial_about(&self, public_url: &str, sender: &str, through: &str) -> String {
        format!("The server at {public_url} sent it from {sender} through {through}.")
    }

    fn trial_foot(&self) -> &'static str {
        "Whoever runs the server asked for it (doorbell mail test). There is nothing to do."
    }
}
