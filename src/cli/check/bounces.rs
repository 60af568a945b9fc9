//! Whether letters that come back have somewhere to go.

use super::finding::Finding;
use crate::mail::published::domain::Inbox;

pub(super) fn finding(domain: &str, inbox: Result<Inbox, String>) -> Finding {
    match inbox {
        Err(why) => Finding::unknown("bounces", &why),
        Ok(Inbox::Hosts(hosts)) => Finding::ok("bounces", format!("Mail to {domain} goes to {}.", hosts.join(", "))),
        Ok(Inbox::Itself) => Finding::ok("bounces", format!("Mail to {domain} goes to its own address; it has no MX.")),
        Ok(Inbox::Refuses) => Finding::wrong("bounces", format!("{domain} says that it takes no mail (MX 0 \".\")."))
            .means("Letters that come back are lost, and many servers refuse a sender that nobody can answer.")
            .todo("Give the domain an MX, or send from a domain that has one (mail.from)."),
        Ok(Inbox::Nowhere) => Finding::wrong("bounces", format!("{domain} has neither MX nor address."))
            .means("Letters that come back are lost, and many servers refuse a sender that nobody can answer.")
            .todo(format!(
                "Publish an MX for {domain} that names your mail server, or send from a domain that has one."
            )),
    }
}
