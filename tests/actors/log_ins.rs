//! Log-ins, as the store keeps them.

use doorbell::domain::ids::{OperatorId, SessionId};
use doorbell::ports::journal::{Commit, Outcome, RecordOp, Store as _};
use doorbell::ports::log_ins;
use doorbell::ports::record::{encode, session_key};
use futures_util::FutureExt as _;

use super::house::{DAWN, House, uuid};

impl House {
    /// A log-in of somebody, the same for the same number.
    pub fn log_in(&self, who: OperatorId, number: u64) -> SessionId {
        let session = SessionId(uuid(number));
        self.write(log_in_records(who, session));
        session
    }

    /// It ends in the store, and nobody here is told.
    pub fn log_in_ends(&self, who: OperatorId, number: u64) {
        let records = log_in_records(who, SessionId(uuid(number))).into_iter();
        let gone = records.map(|op| match op {
            RecordOp::Put { key, .. } | RecordOp::Delete { key } => RecordOp::Delete { key },
        });
        self.write(gone.collect());
    }

    fn write(&self, records: Vec<RecordOp>) {
        let written = self.memory.commit(Commit { records, ..Commit::default() }).now_or_never();
        assert!(matches!(written, Some(Outcome::Committed { .. })), "memory answers at once");
    }
}

/// The records of a log-in.
fn log_in_records(who: OperatorId, session: SessionId) -> Vec<RecordOp> {
    let row = log_ins::Row { token_hash: session.to_string(), last_seen: DAWN };
    vec![
        RecordOp::Put { key: log_ins::key(who, session), value: encode(&row) },
        RecordOp::Put { key: session_key(&row.token_hash), value: encode(&()) },
    ]
}
