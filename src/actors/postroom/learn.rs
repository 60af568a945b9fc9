//! What a try says of the address, written in the commit that holds the try (rule D5).

use tracing::warn;

use crate::actors::account::Reread;
use crate::actors::directory::Accounts;
use crate::actors::host::{ASK_AGAIN, Host};
use crate::actors::shell::settle_or_stale;
use crate::domain::account::Account;
use crate::domain::ids::AccountId;
use crate::domain::notice::letter::Attempt;
use crate::domain::notice::refusals::Via;
use crate::ports::journal::{Commit, DocKey, StoreError, Token};
use crate::ports::outbox;
use crate::ports::postman::Delivery;

/// What became of a try.
pub(super) struct Lesson<'a> {
    pub(super) to: &'a str,
    pub(super) delivery: &'a Delivery,
    pub(super) attempt: &'a Attempt,
}

impl Lesson<'_> {
    /// What the account's settings hold of the address from now on.
    fn teach(&self, account: &mut Account) {
        match self.delivery {
            Delivery::Accepted(_) => account.on_accepted(self.to),
            Delivery::Never(_) => account.on_refused(self.to, self.attempt, Via::Answer),
            Delivery::Later(_) | Delivery::Unknown(_) => {}
        }
    }
}

/// Writes a commit and what is learnt of the address in one, until that is durable. `read`: the settings as they were read for
/// the try, if they were; nothing is read then before the commit is on its way, unless they have changed since. `false`: what
/// the commit guards has moved.
pub(super) async fn settle_and_learn(
    host: &Host,
    accounts: &Accounts,
    account: AccountId,
    commit: Commit,
    lesson: &Lesson<'_>,
    mut read: Option<(&Account, Token)>,
) -> bool {
    let settings = DocKey::Settings(account);
    loop {
        let mut whole = commit.clone();
        let teach = |account: &mut Account| lesson.teach(account);
        let is_changed = match read.take() {
            Some((account, token)) => outbox::add_settings_as_read(&mut whole, account, token, teach),
            None => match outbox::add_settings(&*host.store, &mut whole, account, teach).await {
                Ok(is_changed) => is_changed,
                Err(why @ StoreError::Unavailable(_)) => {
                    warn!(%why, "what became of a letter has to wait for the store");
                    tokio::time::sleep(ASK_AGAIN).await;
                    continue;
                }
                Err(why) => {
                    warn!(%account, %why, "the settings cannot be read; what became of a letter is written without them");
                    false
                }
            },
        };
        match settle_or_stale(&*host.store, whole).await {
            Ok(()) if is_changed => {
                accounts.tell(account, Reread).await;
                return true;
            }
            Ok(()) => return true,
            Err(stale) if stale == [settings] => {}
            Err(_) => return false,
        }
    }
}
