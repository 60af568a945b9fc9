//! What a refusal leaves behind in the account's settings (rule D5): an address that does not exist is not written to again; a
//! server that does not let us in is told of, and changes nothing.

use std::collections::BTreeMap;

use super::class::Class;
use super::letter::Attempt;
use crate::domain::account::{Account, Block, Suppression};
use crate::domain::time::Timestamp;

/// So much of a server's answer is kept in the settings, in Unicode scalar values.
const REPLY_LEN_MAX: usize = 1_000;
/// So many recipients of one domain are blocked before its server is said to block us: one may be somebody's own filter.
const BLOCKED_MIN: usize = 2;

/// How a refusal came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// As an answer to the letter.
    Answer,
    /// As a bounce, after the letter was taken.
    Bounce,
}

/// A domain whose server does not let us in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockedDomain<'a> {
    /// Its name, in small letters.
    pub domain: &'a str,
    /// Which addresses it was said of.
    pub addresses: Vec<&'a str>,
    /// Since when it is one domain's matter: since the second address.
    pub since: Timestamp,
    /// What was answered last.
    pub reply: &'a str,
}

impl<'a> BlockedDomain<'a> {
    /// `blocks`: of the domain, the newest answer last.
    fn of(domain: &'a str, blocks: &[&'a Block]) -> Option<Self> {
        let mut since: Vec<_> = blocks.iter().map(|block| block.since).collect();
        since.sort_unstable();
        let since = *since.get(BLOCKED_MIN - 1)?;
        let addresses = blocks.iter().map(|block| block.address.as_str()).collect();
        Some(Self { domain, addresses, since, reply: &blocks.last()?.reply })
    }
}

/// The domain of an address, as it is spelled there; empty for what is no address.
pub fn domain_of(address: &str) -> &str {
    address.rsplit_once('@').map_or("", |(_, domain)| domain)
}

impl Account {
    /// A letter to the address was refused for good. It is remembered only while somebody has that address.
    pub fn on_refused(&mut self, to: &str, refusal: &Attempt, via: Via) {
        let address = to.to_lowercase();
        if !self.has_address(&address) {
            return;
        }
        let Attempt { at, mut reply, class, .. } = refusal.clone();
        // The letter's record has it whole; the settings are read with every decision.
        if let Some((end, _)) = reply.char_indices().nth(REPLY_LEN_MAX) {
            reply.truncate(end);
        }
        match class {
            Some(class @ Class::WrongAddress) => {
                self.suppressed.retain(|s| s.address != address);
                self.suppressed.push(Suppression { address, class, reply, at });
            }
            Some(Class::DomainBlocked) => {
                let known =
                    self.blocked.iter().position(|b| b.address == address).map(|place| self.blocked.remove(place));
                let since = known.map_or(at, |known| known.since);
                self.blocked.push(Block { address, reply, since, bounced: via == Via::Bounce });
            }
            _ => {}
        }
    }

    /// A server took a letter to the address. What came as a bounce is not disproved by that: then it had been taken, too.
    pub fn on_accepted(&mut self, to: &str) {
        let to = to.to_lowercase();
        self.blocked.retain(|b| b.bounced || domain_of(&b.address) != domain_of(&to));
    }

    /// Somebody says that the domain's server lets us in from now on; `false`: nothing was known of it.
    pub fn on_allowed(&mut self, domain: &str) -> bool {
        let before = self.blocked.len();
        self.blocked.retain(|b| domain_of(&b.address) != domain);
        self.blocked.len() < before
    }

    /// What is remembered of addresses that nobody has any more is forgotten.
    pub fn forget_unused_addresses(&mut self) {
        let mut suppressed = std::mem::take(&mut self.suppressed);
        let mut blocked = std::mem::take(&mut self.blocked);
        suppressed.retain(|s| self.has_address(&s.address));
        blocked.retain(|b| self.has_address(&b.address));
        (self.suppressed, self.blocked) = (suppressed, blocked);
    }

    /// The domains whose servers block us, the one that is known for the longest first.
    pub fn blocked_domains(&self) -> Vec<BlockedDomain<'_>> {
        let mut blocks: BTreeMap<&str, Vec<&Block>> = BTreeMap::new();
        for block in &self.blocked {
            blocks.entry(domain_of(&block.address)).or_default().push(block);
        }
        let mut domains: Vec<_> =
            blocks.into_iter().filter_map(|(domain, blocks)| BlockedDomain::of(domain, &blocks)).collect();
        domains.sort_by_key(|domain| domain.since);
        domains
    }

    fn has_address(&self, address: &str) -> bool {
        self.operators.iter().any(|o| o.email.to_lowercase() == address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::account::{Locale, NotificationSettings, Operator, Plan, Role, Switch};
    use crate::domain::ids::{AccountId, OperatorId};
    use uuid::Uuid;

    fn account(addresses: &[&str]) -> Account {
        let operator = |(id, email): (u128, &&str)| Operator {
            id: OperatorId(Uuid::from_u128(id)),
            name: "Jana".to_owned(),
            email: (*email).to_owned(),
            role: Role::Agent,
            active: true,
            locale: None,
            offline: Switch::On,
            missed: Switch::On,
            created_at: Timestamp(0),
        };
        Account {
            id: AccountId(Uuid::from_u128(1)),
            name: "Shop".to_owned(),
            plan: Plan::Free,
            locale: Locale::En,
            timezone: "UTC".to_owned(),
            notifications: NotificationSettings::default(),
            allowed_origins: Vec::new(),
            origins_since: None,
            widget_keys: Vec::new(),
            operators: (1..).zip(addresses).map(operator).collect(),
            groups: Vec::new(),
            suppressed: Vec::new(),
            blocked: Vec::new(),
            audited: 0,
            created_at: Timestamp(0),
            changed_at: Timestamp(0),
        }
    }

    fn refusal(class: Class, at: i64) -> Attempt {
        Attempt { at: Timestamp(at), server: None, reply: format!("550 at {at}"), class: Some(class) }
    }

    #[test]
    fn d5_only_a_wrong_address_is_suppressed() {
        for class in Class::ALL {
            let mut account = account(&["Jana@shop.test"]);
            account.on_refused("jana@Shop.test", &refusal(class, 5), Via::Answer);
            account.on_refused("jana@shop.test", &refusal(class, 6), Via::Bounce);
            let suppressed: Vec<_> = account.suppressed.iter().map(|s| (s.address.as_str(), s.class, s.at)).collect();
            match class {
                Class::WrongAddress => assert_eq!(suppressed, [("jana@shop.test", class, Timestamp(6))]),
                _ => assert!(suppressed.is_empty(), "{class:?}"),
            }
        }
    }

    #[test]
    fn d5_two_blocked_recipients_of_one_domain_are_a_notice_and_one_is_none() {
        let mut account = account(&["a@shop.test", "b@shop.test", "c@other.test"]);
        account.on_refused("a@shop.test", &refusal(Class::DomainBlocked, 5), Via::Answer);
        account.on_refused("a@shop.test", &refusal(Class::DomainBlocked, 6), Via::Answer);
        account.on_refused("c@other.test", &refusal(Class::DomainBlocked, 7), Via::Answer);
        assert!(account.blocked_domains().is_empty(), "one address twice, and one of another domain");
        account.on_refused("B@SHOP.test", &refusal(Class::DomainBlocked, 8), Via::Answer);
        let told = account.blocked_domains();
        assert_eq!(told.len(), 1);
        assert_eq!((told[0].domain, told[0].since, told[0].reply), ("shop.test", Timestamp(8), "550 at 8"));
        assert_eq!(told[0].addresses, ["a@shop.test", "b@shop.test"]);
    }

    #[test]
    fn d5_a_letter_that_is_taken_ends_a_block_unless_that_came_as_a_bounce() {
        let mut account = account(&["a@shop.test", "b@shop.test"]);
        for (address, via) in [("a@shop.test", Via::Answer), ("b@shop.test", Via::Bounce)] {
            account.on_refused(address, &refusal(Class::DomainBlocked, 5), via);
        }
        account.on_accepted("b@other.test");
        assert_eq!(account.blocked.len(), 2);
        account.on_accepted("B@shop.test");
        assert_eq!(account.blocked.len(), 1, "the relay takes what bounces later");
        assert!(account.on_allowed("shop.test"));
        assert!(account.blocked.is_empty() && !account.on_allowed("shop.test"));
    }

    #[test]
    fn an_endless_answer_does_not_fill_the_settings() {
        let mut account = account(&["a@shop.test"]);
        let endless = Attempt { reply: "ž".repeat(64_000), ..refusal(Class::WrongAddress, 5) };
        account.on_refused("a@shop.test", &endless, Via::Answer);
        assert_eq!(account.suppressed[0].reply.chars().count(), REPLY_LEN_MAX);
    }

    #[test]
    fn d5_nothing_is_remembered_of_addresses_that_nobody_has() {
        let mut account = account(&["a@shop.test"]);
        for class in [Class::WrongAddress, Class::DomainBlocked] {
            account.on_refused("stranger@shop.test", &refusal(class, 5), Via::Bounce);
            account.on_refused("a@shop.test", &refusal(class, 5), Via::Bounce);
        }
        assert_eq!((account.suppressed.len(), account.blocked.len()), (1, 1));
        account.operators[0].email = "new@shop.test".to_owned();
        account.forget_unused_addresses();
        assert!(account.suppressed.is_empty() && account.blocked.is_empty());
    }
}
