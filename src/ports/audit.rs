//! How an account's audit trail is written: in the commit that does what it tells of. The number of its entries stands in the
//! settings, so whoever writes one writes the settings too, and no two write the same.

use super::journal::{Append, RecordOp, Stream};
use super::record;
use crate::domain::account::Account;
use crate::domain::audit::{self, Act, Doer, Done, Entry};
use crate::domain::time::Timestamp;

/// What a change of the settings did, with the records that are written along.
pub fn done_by_change(before: &Account, after: &Account, records: &[RecordOp]) -> Vec<Done> {
    let mut done = audit::between(before, after);
    // Passwords are not in the settings. That of somebody new came with them.
    let set = records.iter().filter_map(|op| match op {
        RecordOp::Put { key, .. } => record::credentials_of(key),
        RecordOp::Delete { .. } => None,
    });
    let set = set.filter(|operator| before.operator(*operator).is_some());
    done.extend(set.map(|operator| Done::to_operator(Act::PasswordSet, after, operator)));
    done
}

/// The entries to be appended; the account counts them.
pub fn entries(account: &mut Account, at: Timestamp, by: Option<&Doer>, done: Vec<Done>) -> Vec<Append> {
    let stream = Stream::Audit(account.id);
    let entry = |done| {
        account.audited += 1;
        let entry = record::encode(&Entry { at, by: by.cloned(), done });
        Append { stream, position: account.audited, entry }
    };
    done.into_iter().map(entry).collect()
}
