//! Addresses that are not mailed any more, since a server said that they do not exist, and domains whose servers do not let
//! us in (rule D5).

use super::change::Decided;
use super::operators::same_address;
use crate::domain::account::{Account, Suppression};
use crate::domain::ids::OperatorId;
use crate::domain::refusal::Refusal;

/// The operators whom a suppression leaves without mail.
pub fn operators_of(account: &Account, suppression: &Suppression) -> Vec<OperatorId> {
    let theirs = account.operators.iter().filter(|o| same_address(&o.email, &suppression.address));
    theirs.map(|operator| operator.id).collect()
}

/// The address is mailed again.
///
/// # Errors
/// `not_found`.
pub fn clear(account: &mut Account, address: &str) -> Decided {
    let place = account.suppressed.iter().position(|s| same_address(&s.address, address.trim()));
    account.suppressed.remove(place.ok_or_else(|| Refusal::not_found("suppression"))?);
    Ok(Vec::new())
}

/// The domain's server lets us in now, as an admin says.
///
/// # Errors
/// `not_found`.
pub fn allow(account: &mut Account, domain: &str) -> Decided {
    if account.on_allowed(&domain.trim().to_lowercase()) {
        Ok(Vec::new())
    } else {
        Err(Refusal::not_found("blocked domain"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::operators::tests::{ADMIN, AGENT, account};
    use super::*;
    use crate::domain::account::Plan;
    use crate::domain::notice::class::Class;
    use crate::domain::time::Timestamp;

    #[test]
    fn d5_a_suppression_names_all_who_have_the_address_and_is_cleared_once() {
        let mut account = account(Plan::Free);
        account.suppressed.push(Suppression {
            address: "info@shop.test".into(),
            class: Class::WrongAddress,
            reply: "550 5.1.1 no such user".into(),
            at: Timestamp(5),
        });
        assert_eq!(operators_of(&account, &account.suppressed[0]), [ADMIN, AGENT]);
        clear(&mut account, "INFO@shop.test").unwrap();
        assert!(account.suppressed.is_empty());
        assert!(clear(&mut account, "info@shop.test").is_err());
    }
}
