//! People of an account: added, changed, deactivated. Each is a pure change of the settings, with the records that go with it.

use super::change::Decided;
use super::notes;
use super::passwords::{self, PasswordHashed};
use super::values::{Email, Name};
use crate::domain::account::{Account, Kind, Locale, Operator, Role, Switch};
use crate::domain::ids::{AccountId, GroupId, OperatorId};
use crate::domain::refusal::{Refusal, RefusalCode};
use crate::domain::time::Timestamp;
use crate::ports::journal::RecordOp;
use crate::ports::record;

/// The most operators that an account has, deactivated ones included.
pub const OPERATORS_MAX: usize = 2_000;

/// The most operators of an account, deactivated ones included, that share one address. A log-in tries them all, and looks at a
/// few accounts' worth of them only: one company could keep everybody else of that address out.
pub const SHARING_MAX: usize = 10;

/// Somebody new.
#[derive(Clone, Debug)]
pub struct NewOperator {
    /// Who: minted by the caller, so that a change which is decided twice makes one operator.
    pub id: OperatorId,
    /// As colleagues and visitors see it.
    pub name: Name,
    /// The login and where notifications go.
    pub email: Email,
    /// What they may do.
    pub role: Role,
    /// `false`: not yet.
    pub active: bool,
    /// Their groups.
    pub groups: Vec<GroupId>,
    /// Their password; `None`: they set it themselves.
    pub password: Option<PasswordHashed>,
}

/// What changes of somebody. `None`: it stays as it is.
#[derive(Clone, Debug, Default)]
pub struct OperatorChange {
    /// Their name.
    pub name: Option<Name>,
    /// Their address: the new login and destination at once (rule D3).
    pub email: Option<Email>,
    /// What they may do.
    pub role: Option<Role>,
    /// `false` deactivates.
    pub active: Option<bool>,
    /// All their groups.
    pub groups: Option<Vec<GroupId>>,
    /// Their language; `Some(None)`: the account's.
    pub locale: Option<Option<Locale>>,
    /// Their switch for offline emails.
    pub offline: Option<bool>,
    /// Their switch for missed emails.
    pub missed: Option<bool>,
    /// Their password.
    pub password: Option<PasswordHashed>,
    /// The name of who changes it, as an old address is told (rule D3); `None`: who runs the server.
    pub by: Option<String>,
}

/// Adds somebody.
///
/// # Errors
/// `invalid` for a group that is none, `plan` for groups without them, `conflict` for too many.
pub fn add(account: &mut Account, new: &NewOperator, now: Timestamp) -> Decided {
    if account.operators.len() >= OPERATORS_MAX {
        return Err(Refusal::new(RefusalCode::Conflict, format!("an account has at most {OPERATORS_MAX} operators")));
    }
    check_sharing(account, new.id, &new.email)?;
    put_into_groups(account, new.id, &new.groups)?;
    account.operators.push(Operator {
        id: new.id,
        name: new.name.as_str().to_owned(),
        email: new.email.as_str().to_owned(),
        role: new.role,
        active: new.active,
        locale: None,
        offline: Switch::On,
        missed: Switch::On,
        created_at: now,
    });
    let mut records = vec![login_put(account.id, new.email.as_str(), new.id)];
    records.extend(new.password.clone().map(|hash| passwords::put(new.id, hash)));
    Ok(records)
}

/// Changes somebody.
///
/// # Errors
/// `not_found`; as [`add`]; `conflict` where no active admin would be left.
pub fn change(account: &mut Account, id: OperatorId, change: &OperatorChange, now: Timestamp) -> Decided {
    let account_id = account.id;
    if let Some(email) = &change.email {
        check_sharing(account, id, email)?;
    }
    let operator = account.operator_mut(id).ok_or_else(|| Refusal::not_found("operator"))?;
    let old_address = operator.email.clone();
    let mut records = Vec::new();
    if let Some(name) = &change.name {
        name.as_str().clone_into(&mut operator.name);
    }
    if let Some(email) = &change.email {
        records = move_login(account_id, operator, email);
    }
    operator.role = change.role.unwrap_or(operator.role);
    operator.active = change.active.unwrap_or(operator.active);
    operator.locale = change.locale.unwrap_or(operator.locale);
    for (kind, wanted) in [(Kind::Offline, change.offline), (Kind::Missed, change.missed)] {
        flip(operator.switch_mut(kind), wanted);
    }
    if let Some(groups) = &change.groups {
        put_into_groups(account, id, groups)?;
    }
    if let Some(hash) = &change.password {
        records.push(passwords::put(id, hash.clone()));
    }
    // A suppression holds until the address is changed (rule D5).
    account.forget_unused_addresses();
    if let Some(operator) = account.operator(id).filter(|o| !same_address(&o.email, &old_address)) {
        records.extend(notes::address_changed(account, operator, &old_address, change.by.as_deref(), now));
    }
    if account.operators.iter().any(|o| o.active && o.role == Role::Admin) {
        Ok(records)
    } else {
        Err(Refusal::new(RefusalCode::Conflict, "an account keeps at least one active admin"))
    }
}

/// Switches a kind off for an operator and those who share the address, by the link in a mail (rule D4). Who switched it off
/// already stays as they chose.
///
/// # Errors
/// `not_found`.
pub fn unsubscribe(account: &mut Account, id: OperatorId, kind: Kind, now: Timestamp) -> Decided {
    let email = account.operator(id).ok_or_else(|| Refusal::not_found("operator"))?.email.clone();
    for operator in account.operators.iter_mut().filter(|o| same_address(&o.email, &email)) {
        let switch = operator.switch_mut(kind);
        if switch.is_on() {
            *switch = Switch::Unsubscribed { at: now };
        }
    }
    Ok(Vec::new())
}

/// Somebody who has the address already keeps it.
fn check_sharing(account: &Account, id: OperatorId, email: &Email) -> Result<(), Refusal> {
    let mut sharing = account.operators.iter().filter(|o| same_address(&o.email, email.as_str()));
    if sharing.clone().count() < SHARING_MAX || sharing.any(|o| o.id == id) {
        return Ok(());
    }
    let message = format!("at most {SHARING_MAX} operators of an account share one address");
    Err(Refusal { field: Some("email"), ..Refusal::new(RefusalCode::Conflict, message) })
}

/// That this operator logs in with this address.
pub(super) fn login_put(account: AccountId, email: &str, operator: OperatorId) -> RecordOp {
    RecordOp::Put { key: record::login_key(email, operator), value: record::encode(&account) }
}

fn move_login(account: AccountId, operator: &mut Operator, email: &Email) -> Vec<RecordOp> {
    let old = std::mem::replace(&mut operator.email, email.as_str().to_owned());
    let put = login_put(account, email.as_str(), operator.id);
    if same_address(&old, email.as_str()) {
        return vec![put];
    }
    vec![RecordOp::Delete { key: record::login_key(&old, operator.id) }, put]
}

/// Whether both are one address: the case of letters does not matter.
pub fn same_address(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

/// Off by the link stays that, so that the reason is told (rule W2: until it is switched on).
fn flip(switch: &mut Switch, wanted: Option<bool>) {
    match wanted {
        Some(true) => *switch = Switch::On,
        Some(false) if switch.is_on() => *switch = Switch::Off,
        _ => {}
    }
}

fn put_into_groups(account: &mut Account, id: OperatorId, groups: &[GroupId]) -> Result<(), Refusal> {
    if !groups.is_empty() && !account.plan.has_groups() {
        return Err(super::groups::not_in_plan());
    }
    if groups.iter().any(|group| account.group(*group).is_none()) {
        return Err(Refusal::invalid("groups", "`groups` holds ids of groups of this account"));
    }
    for group in &mut account.groups {
        let (is_in, is_wanted) = (group.operators.contains(&id), groups.contains(&group.id));
        if is_in && !is_wanted {
            group.operators.retain(|member| *member != id);
        } else if is_wanted && !is_in {
            group.operators.push(id);
        }
    }
    Ok(())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::domain::account::{Group, NotificationSettings, Plan, Suppression};
    use crate::domain::notice::class::Class;
    use uuid::Uuid;

    pub(in crate::office) const ADMIN: OperatorId = OperatorId(Uuid::from_u128(1));
    pub(in crate::office) const AGENT: OperatorId = OperatorId(Uuid::from_u128(2));

    /// An account with an admin, and an agent who shares their address.
    pub(in crate::office) fn account(plan: Plan) -> Account {
        let mut account = Account {
            id: AccountId(Uuid::from_u128(9)),
            name: "Shop".into(),
            plan,
            locale: Locale::En,
            timezone: "UTC".into(),
            notifications: NotificationSettings::default(),
            allowed_origins: Vec::new(),
            origins_since: None,
            widget_keys: Vec::new(),
            operators: Vec::new(),
            groups: Vec::new(),
            suppressed: Vec::new(),
            blocked: Vec::new(),
            audited: 0,
            created_at: Timestamp(0),
            changed_at: Timestamp(0),
        };
        add(&mut account, &person(ADMIN, "info@shop.test", Role::Admin), Timestamp(1)).unwrap();
        add(&mut account, &person(AGENT, "Info@Shop.test", Role::Agent), Timestamp(2)).unwrap();
        account
    }

    fn person(id: OperatorId, email: &str, role: Role) -> NewOperator {
        NewOperator {
            id,
            name: Name::parse("name", "Somebody").unwrap(),
            email: Email::parse("email", email).unwrap(),
            role,
            active: true,
            groups: Vec::new(),
            password: None,
        }
    }

    #[test]
    fn d3_a_changed_address_is_the_new_login_and_no_longer_the_old_one() {
        let mut account = account(Plan::Free);
        let email = Some(Email::parse("email", "new@shop.test").unwrap());
        let records =
            change(&mut account, ADMIN, &OperatorChange { email, ..OperatorChange::default() }, Timestamp(3)).unwrap();
        assert_eq!(account.operator(ADMIN).unwrap().email, "new@shop.test");
        let RecordOp::Delete { key: old } = &records[0] else { panic!("{records:?}") };
        let RecordOp::Put { key: new, .. } = &records[1] else { panic!("{records:?}") };
        assert_eq!(*old, record::login_key("info@shop.test", ADMIN));
        assert_eq!(*new, record::login_key("new@shop.test", ADMIN));
    }

    #[test]
    fn an_address_in_other_letters_stays_a_login() {
        let mut account = account(Plan::Free);
        let email = Some(Email::parse("email", "INFO@shop.test").unwrap());
        let records =
            change(&mut account, ADMIN, &OperatorChange { email, ..OperatorChange::default() }, Timestamp(3)).unwrap();
        assert!(matches!(&records[..], [RecordOp::Put { .. }]), "{records:?}");
    }

    #[test]
    fn d4_unsubscribing_is_for_the_address_and_one_kind() {
        let mut account = account(Plan::Free);
        unsubscribe(&mut account, AGENT, Kind::Missed, Timestamp(5)).unwrap();
        for id in [ADMIN, AGENT] {
            let operator = account.operator(id).unwrap();
            assert_eq!(operator.missed, Switch::Unsubscribed { at: Timestamp(5) });
            assert_eq!(operator.offline, Switch::On);
        }
        let off = OperatorChange { missed: Some(false), ..OperatorChange::default() };
        change(&mut account, AGENT, &off, Timestamp(3)).unwrap();
        assert!(matches!(account.operator(AGENT).unwrap().missed, Switch::Unsubscribed { .. }));
        change(&mut account, AGENT, &OperatorChange { missed: Some(true), ..OperatorChange::default() }, Timestamp(3))
            .unwrap();
        assert_eq!(account.operator(AGENT).unwrap().missed, Switch::On);
    }

    #[test]
    fn the_last_admin_stays() {
        let mut account = account(Plan::Free);
        for lost in [
            OperatorChange { active: Some(false), ..OperatorChange::default() },
            OperatorChange { role: Some(Role::Agent), ..OperatorChange::default() },
        ] {
            let refusal = change(&mut account.clone(), ADMIN, &lost, Timestamp(3)).unwrap_err();
            assert_eq!(refusal.code, RefusalCode::Conflict);
        }
        let promote = OperatorChange { role: Some(Role::Admin), ..OperatorChange::default() };
        change(&mut account, AGENT, &promote, Timestamp(3)).unwrap();
        change(&mut account, ADMIN, &OperatorChange { active: Some(false), ..OperatorChange::default() }, Timestamp(3))
            .unwrap();
        assert!(!account.operator(ADMIN).unwrap().active);
    }

    #[test]
    fn groups_are_of_the_account_and_of_the_plan() {
        let group = GroupId(Uuid::from_u128(7));
        let into = |groups: &[GroupId]| OperatorChange { groups: Some(groups.to_vec()), ..OperatorChange::default() };
        let mut pro = account(Plan::Pro);
        pro.groups.push(Group { id: group, name: "Sales".into(), operators: vec![ADMIN] });
        change(&mut pro, AGENT, &into(&[group]), Timestamp(3)).unwrap();
        assert_eq!(pro.groups[0].operators, [ADMIN, AGENT]);
        change(&mut pro, ADMIN, &into(&[]), Timestamp(3)).unwrap();
        assert_eq!(pro.groups[0].operators, [AGENT]);
        let unknown = change(&mut pro, ADMIN, &into(&[GroupId(Uuid::nil())]), Timestamp(3)).unwrap_err();
        assert_eq!(unknown.field, Some("groups"));
        let refusal = change(&mut account(Plan::Standard), ADMIN, &into(&[group]), Timestamp(3)).unwrap_err();
        assert_eq!(refusal.code, RefusalCode::Plan);
    }

    #[test]
    fn d2_some_share_an_address_but_not_so_many_that_others_are_kept_out() {
        let mut account = account(Plan::Free);
        let next = |n: usize, email: &str| person(OperatorId(Uuid::from_u128(100 + n as u128)), email, Role::Agent);
        for n in account.operators.len()..SHARING_MAX {
            add(&mut account, &next(n, "INFO@shop.test"), Timestamp(3)).unwrap();
        }
        let refusal = add(&mut account, &next(90, "info@shop.test"), Timestamp(3)).unwrap_err();
        assert_eq!((refusal.code, refusal.field), (RefusalCode::Conflict, Some("email")));
        add(&mut account, &next(91, "other@shop.test"), Timestamp(3)).unwrap();
        let to_it = OperatorChange {
            email: Some(Email::parse("email", "info@shop.test").unwrap()),
            ..OperatorChange::default()
        };
        assert_eq!(
            change(&mut account, next(91, "x@x.test").id, &to_it, Timestamp(3)).unwrap_err().field,
            Some("email")
        );
        change(&mut account, ADMIN, &to_it, Timestamp(3)).unwrap();
    }

    #[test]
    fn d5_a_suppression_goes_with_its_address() {
        let mut account = account(Plan::Free);
        account.suppressed = vec![Suppression {
            address: "info@shop.test".into(),
            class: Class::WrongAddress,
            reply: "550".into(),
            at: Timestamp(0),
        }];
        let to = |email: &str| OperatorChange {
            email: Some(Email::parse("email", email).unwrap()),
            ..OperatorChange::default()
        };
        change(&mut account, ADMIN, &to("a@shop.test"), Timestamp(3)).unwrap();
        assert_eq!(account.suppressed.len(), 1, "the agent still has it");
        change(&mut account, AGENT, &to("b@shop.test"), Timestamp(3)).unwrap();
        assert!(account.suppressed.is_empty());
    }
}
