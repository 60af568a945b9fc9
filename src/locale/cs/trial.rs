//! The test letter, in Czech.

use super::super::trial::Trials;
use super::Czech;

impl Trials for Czech {
    fn trial_subject(&self) -> &'static str {
        "Zkušební e-mail z aplikace doorbell"
    }

    fn trial_intro(&self) -> &'static str {
        "Zkouška se povedla: e-maily z aplikace doorbell k vám chodí."
    }

    fn trial_about(&self, public_url: &str, sender: &str, through: &str) -> String {
        format!("Server {public_url} ho poslal z adresy {sender} přes {through}.")
    }

    fn trial_foot(&self) -> &'static str {
        "O zkoušku si řekl správce serveru (doorbell mail test). Nemusíte nic dělat."
    }
}
