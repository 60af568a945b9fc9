//! DKIM in sentences.

use super::finding::Finding;
use crate::mail::published::dkim::{Key, name};
use crate::settings::Dkim;

/// `looked`: what signs, and what was found in the DNS; `ours`: the record as it should be, or why our key cannot be used.
pub(super) fn finding(looked: Option<(&Dkim, &Result<Key, String>)>, ours: Option<Result<&str, &str>>) -> Finding {
    let Some((dkim, key)) = looked else {
        return Finding::warning("DKIM", "Letters are not signed here (mail.dkim is not set).")
            .means("Unless the relay signs them, large providers put them with the spam or refuse them.")
            .todo(
                "Ask whether the relay signs; else `doorbell mail key` makes a key and prints what to put into the DNS and \
                 into mail.dkim.",
            );
    };
    let ours = match ours {
        Some(Err(why)) => return unusable(why),
        Some(Ok(record)) => Some(record),
        None => None,
    };
    let at = name(&dkim.selector, &dkim.domain);
    let publish = |finding: Finding| match ours {
        Some(record) => finding.todo("Publish:").txt(&*at, record),
        None => finding.todo("Publish the record of your key: `doorbell mail key --show` prints it."),
    };
    let worse = "Receivers cannot check the signatures: to them letters are as good as not signed.";
    match key {
        Err(why) => Finding::unknown("DKIM", why),
        Ok(Key::Ours { testing: false }) => {
            Finding::ok("DKIM", format!("{at} holds the key that letters are signed with."))
        }
        Ok(Key::Ours { testing: true }) => Finding::warning(
            "DKIM",
            format!("{at} holds the key that letters are signed with, marked as a trial (t=y)."),
        )
        .means("Receivers may treat letters as if they were not signed.")
        .todo("Leave t=y out of the record."),
        Ok(Key::Uncompared) => Finding::warning(
            "DKIM",
            format!("{at} holds a key; whether it is the one of mail.dkim.key_file is not known."),
        ),
        Ok(Key::Missing) => publish(Finding::wrong("DKIM", format!("There is no record at {at}.")).means(worse)),
        Ok(Key::Several(count)) => publish(
            Finding::wrong("DKIM", format!("There are {count} records at {at}, and only one may be.")).means(worse),
        ),
        Ok(Key::Broken(why)) => {
            publish(Finding::wrong("DKIM", format!("The record at {at} cannot be read: {why}.")).means(worse))
        }
        Ok(Key::Revoked) => publish(
            Finding::wrong("DKIM", format!("The key at {at} was taken back (p= is empty)."))
                .means("Receivers take every signature made with it for false."),
        ),
        Ok(Key::Unfit(why)) => {
            publish(Finding::wrong("DKIM", format!("The key at {at} does not fit: {why}.")).means(worse))
        }
        Ok(Key::OtherKind { published, ours }) => {
            let found = format!("{at} holds a key for {published}, and letters are signed with {ours}.");
            publish(Finding::wrong("DKIM", found).means(worse))
        }
        Ok(Key::Other) => publish(
            Finding::wrong("DKIM", format!("{at} holds another key than the one that letters are signed with."))
                .means("Receivers take the signatures for false."),
        ),
    }
}

/// That the key of the configuration cannot sign; the reason says what to do.
pub(super) fn unusable(why: &str) -> Finding {
    Finding::wrong("DKIM", format!("{why}.")).means("The server does not start.")
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "v=DKIM1; k=rsa; p=MIIB";

    #[test]
    fn what_is_wrong_names_the_record_to_publish() {
        let dkim = Dkim { domain: "example.com".to_owned(), selector: "bell".to_owned(), key_file: "dkim.pem".into() };
        let told = |key: Key| finding(Some((&dkim, &Ok(key))), Some(Ok(OURS)));
        for key in [
            Key::Missing,
            Key::Several(2),
            Key::Broken("no p=".to_owned()),
            Key::Revoked,
            Key::Unfit("s=".to_owned()),
            Key::OtherKind { published: "ed25519".to_owned(), ours: "rsa".to_owned() },
            Key::Other,
        ] {
            let told = told(key.clone());
            assert_eq!(told.state, super::super::finding::State::Wrong, "{key:?}");
            let record = told.record.unwrap();
            assert_eq!((record.name.as_str(), record.value.as_str()), ("bell._domainkey.example.com", OURS), "{key:?}");
        }
        assert_eq!(told(Key::Ours { testing: false }).state, super::super::finding::State::Ok);
        assert_eq!(finding(None, None).state, super::super::finding::State::Warning);
    }
}
