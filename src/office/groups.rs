//! Named sets of operators (plan pro): made, changed, deleted. Each is a pure change of the settings.

use super::change::Decided;
use super::values::Name;
use crate::domain::account::{Account, Group};
use crate::domain::ids::{GroupId, OperatorId};
use crate::domain::refusal::{Refusal, RefusalCode};

/// The most groups that an account has.
pub const GROUPS_MAX: usize = 200;

/// What changes of a group. `None`: it stays as it is.
#[derive(Clone, Debug, Default)]
pub struct GroupChange {
    /// Its name.
    pub name: Option<Name>,
    /// All its members.
    pub operators: Option<Vec<OperatorId>>,
}

/// Makes a group. Its id is minted by the caller, so that a change which is decided twice makes one group.
///
/// # Errors
/// `plan`; `invalid` for a member who is none; `conflict` for too many.
pub fn create(account: &mut Account, id: GroupId, name: &Name, operators: &[OperatorId]) -> Decided {
    need_plan(account)?;
    if account.groups.len() >= GROUPS_MAX {
        return Err(Refusal::new(RefusalCode::Conflict, format!("an account has at most {GROUPS_MAX} groups")));
    }
    let operators = members(account, operators)?;
    account.groups.push(Group { id, name: name.as_str().to_owned(), operators });
    Ok(Vec::new())
}

/// Changes a group.
///
/// # Errors
/// `plan`; `not_found`; `invalid` for a member who is none.
pub fn change(account: &mut Account, id: GroupId, change: &GroupChange) -> Decided {
    need_plan(account)?;
    let operators = change.operators.as_deref().map(|operators| members(account, operators)).transpose()?;
    let group = account.groups.iter_mut().find(|g| g.id == id).ok_or_else(|| Refusal::not_found("group"))?;
    if let Some(name) = &change.name {
        name.as_str().clone_into(&mut group.name);
    }
    if let Some(operators) = operators {
        group.operators = operators;
    }
    Ok(Vec::new())
}

/// Deletes a group. Conversations that belong to it belong to none from then on.
///
/// # Errors
/// `plan`; `not_found`.
pub fn delete(account: &mut Account, id: GroupId) -> Decided {
    need_plan(account)?;
    let place = account.groups.iter().position(|g| g.id == id).ok_or_else(|| Refusal::not_found("group"))?;
    account.groups.remove(place);
    Ok(Vec::new())
}

/// Refuses on a plan without groups.
///
/// # Errors
/// `plan`.
pub fn need_plan(account: &Account) -> Result<(), Refusal> {
    if account.plan.has_groups() { Ok(()) } else { Err(not_in_plan()) }
}

pub(super) fn not_in_plan() -> Refusal {
    Refusal::new(RefusalCode::Plan, "groups need the plan pro")
}

/// Each once, in the order given.
fn members(account: &Account, operators: &[OperatorId]) -> Result<Vec<OperatorId>, Refusal> {
    let mut members = Vec::with_capacity(operators.len().min(account.operators.len()));
    for id in operators {
        if account.operator(*id).is_none() {
            return Err(Refusal::invalid("operators", "`operators` holds ids of operators of this account"));
        }
        if !members.contains(id) {
            members.push(*id);
        }
    }
    Ok(members)
}

#[cfg(test)]
mod tests {
    use super::super::operators::tests::{ADMIN, AGENT, account};
    use super::*;
    use crate::domain::account::Plan;
    use uuid::Uuid;

    const ID: GroupId = GroupId(Uuid::from_u128(5));

    #[test]
    fn a_group_is_made_changed_and_deleted() {
        let mut account = account(Plan::Pro);
        let name = Name::parse("name", "Sales").unwrap();
        create(&mut account, ID, &name, &[ADMIN, ADMIN]).unwrap();
        assert_eq!(account.groups[0].operators, [ADMIN]);
        change(&mut account, ID, &GroupChange { operators: Some(vec![AGENT]), ..GroupChange::default() }).unwrap();
        assert_eq!((account.groups[0].name.as_str(), &account.groups[0].operators[..]), ("Sales", &[AGENT][..]));
        delete(&mut account, ID).unwrap();
        assert_eq!(delete(&mut account, ID).unwrap_err().code, RefusalCode::NotFound);
    }

    #[test]
    fn n9_a_plan_without_groups_keeps_but_does_not_change_them() {
        let mut account = account(Plan::Pro);
        let name = Name::parse("name", "Sales").unwrap();
        create(&mut account, ID, &name, &[]).unwrap();
        account.plan = Plan::Standard;
        assert_eq!(create(&mut account, ID, &name, &[]).unwrap_err().code, RefusalCode::Plan);
        assert_eq!(delete(&mut account, ID).unwrap_err().code, RefusalCode::Plan);
        assert_eq!(account.groups.len(), 1);
    }

    #[test]
    fn a_stranger_is_no_member() {
        let stranger = OperatorId(Uuid::nil());
        let name = Name::parse("name", "Sales").unwrap();
        let refusal = create(&mut account(Plan::Pro), ID, &name, &[stranger]).unwrap_err();
        assert_eq!(refusal.field, Some("operators"));
    }
}
