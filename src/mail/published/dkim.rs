//! DKIM: the public key that letters are checked with (RFC 6376, 3.6.1; RFC 8463).

use super::tags::{tags, value};
use super::{Answers, Stop};

/// What stands at the selector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// Nothing.
    Missing,
    /// Several texts: which one counts is not defined.
    Several(usize),
    /// A text that is no key; why.
    Broken(String),
    /// A key that was taken back: its `p=` is empty.
    Revoked,
    /// A key that is not for mail, or takes none of our hashes; why.
    Unfit(String),
    /// A key of another kind than ours.
    OtherKind {
        /// What is published.
        published: String,
        /// What ours is.
        ours: String,
    },
    /// Another key.
    Other,
    /// A key; there is none of ours to compare it with.
    Uncompared,
    /// Our key.
    Ours {
        /// Whether the domain says that it is only testing (`t=y`): receivers then pass over what it finds.
        testing: bool,
    },
}

/// The name under which the key of a selector stands.
pub fn name(selector: &str, domain: &str) -> String {
    format!("{selector}._domainkey.{domain}")
}

/// Judges what is published; `ours`: the record of the key that we sign with, `v=DKIM1; k=…; p=…`.
///
/// # Errors
/// What must be known first.
pub fn judge(answers: &Answers, selector: &str, domain: &str, ours: Option<&str>) -> Result<Key, Stop> {
    Ok(match answers.texts(&name(selector, domain))? {
        [] => Key::Missing,
        [only] => compare(only, ours).unwrap_or_else(Key::Broken),
        several => Key::Several(several.len()),
    })
}

fn compare(text: &str, ours: Option<&str>) -> Result<Key, String> {
    let tags = tags(text)?;
    if let Some(at) = tags.iter().position(|(name, _)| *name == "v")
        && (at != 0 || tags[0].1 != "DKIM1")
    {
        return Err("v=DKIM1 must stand first".to_owned());
    }
    let key = value(&tags, "p").ok_or("it has no p=")?;
    if key.is_empty() {
        return Ok(Key::Revoked);
    }
    let holds = |name: &str, wanted: &[&str]| {
        value(&tags, name).is_none_or(|list| list.split(':').any(|one| wanted.contains(&one.trim())))
    };
    if !holds("s", &["*", "email"]) {
        return Ok(Key::Unfit("it is not for mail (s=)".to_owned()));
    }
    if !holds("h", &["sha256"]) {
        return Ok(Key::Unfit("it does not take signatures with SHA-256 (h=)".to_owned()));
    }
    let kind = value(&tags, "k").unwrap_or("rsa");
    let plain = compact(key);
    if !is_base64(&plain) {
        return Err("p= is not Base64: it was cut or changed when it was copied".to_owned());
    }
    let Some(ours) = ours else { return Ok(Key::Uncompared) };
    let ours = self::tags(ours).map_err(|why| format!("our own key cannot be told: {why}"))?;
    let our_kind = value(&ours, "k").unwrap_or("rsa");
    if kind != our_kind {
        return Ok(Key::OtherKind { published: kind.to_owned(), ours: our_kind.to_owned() });
    }
    if value(&ours, "p").map(compact).as_deref() != Some(plain.as_str()) {
        return Ok(Key::Other);
    }
    let testing = value(&tags, "t").is_some_and(|flags| flags.split(':').any(|flag| flag.trim() == "y"));
    Ok(Key::Ours { testing })
}

/// Spaces may stand anywhere in a key.
fn compact(key: &str) -> String {
    key.split_ascii_whitespace().collect()
}

fn is_base64(text: &str) -> bool {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::super::answers::world::World;
    use super::*;

    /// The key of RFC 6376, appendix C, and that of RFC 8463, appendix A.
    const RSA: &str = "v=DKIM1; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYt\
        IxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhi\
        tdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB";
    const ED25519: &str = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

    fn judged(texts: &[&'static str], ours: Option<&str>) -> Key {
        let at = "s1._domainkey.example.com";
        let world = World(texts.iter().map(|text| ("TXT", at, *text)).collect());
        world.judge(|answers| judge(answers, "s1", "example.com", ours)).unwrap()
    }

    #[test]
    fn our_key_is_known_however_it_is_written() {
        let ours = Key::Ours { testing: false };
        assert_eq!(judged(&[RSA], Some(RSA)), ours);
        assert_eq!(judged(&[ED25519], Some(ED25519)), ours);
        let spaced = "p = 11qYAYKxCrfVS/7 TyWQHOg7hcvPa piMlrwIaaPcHURo= ; k= ed25519; n=note; x=1;";
        assert_eq!(judged(&[spaced], Some(ED25519)), ours);
        let testing = "v=DKIM1; k=ed25519; t=y:s; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
        assert_eq!(judged(&[testing], Some(ED25519)), Key::Ours { testing: true });
        assert_eq!(judged(&[ED25519], None), Key::Uncompared);
    }

    #[test]
    fn what_is_not_our_key_says_what_it_is() {
        let other = "v=DKIM1; k=ed25519; p=AAqYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
        assert_eq!(judged(&[], Some(RSA)), Key::Missing);
        assert_eq!(judged(&[RSA, RSA], Some(RSA)), Key::Several(2));
        assert_eq!(judged(&["v=DKIM1; p="], Some(RSA)), Key::Revoked);
        assert_eq!(judged(&[other], Some(ED25519)), Key::Other);
        let kinds = Key::OtherKind { published: "ed25519".to_owned(), ours: "rsa".to_owned() };
        assert_eq!(judged(&[ED25519], Some(RSA)), kinds);
        assert!(matches!(judged(&["v=DKIM1; s=tlsrpt; p=AAAA"], Some(RSA)), Key::Unfit(_)));
        assert!(matches!(judged(&["v=DKIM1; h=sha1; p=AAAA"], Some(RSA)), Key::Unfit(_)));
        for broken in [
            "hello",
            "v=DKIM2; p=AAAA",
            "k=rsa; v=DKIM1; p=AAAA",
            "v=DKIM1; k=rsa",
            "v=DKIM1; p=AAA",
            "v=DKIM1; p=A; p=B",
        ] {
            assert!(matches!(judged(&[broken], Some(RSA)), Key::Broken(_)), "{broken}");
        }
    }
}
