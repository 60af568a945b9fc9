use aws_lc_rs::signature::{RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, UnparsedPublicKey};

use super::*;

/// RFC 8463, appendix A.2: the message.
const MESSAGE: &str = "From: Joe SixPack <joe@football.example.com>\r\n\
    To: Suzie Q <suzie@shopping.example.net>\r\n\
    Subject: Is dinner ready?\r\n\
    Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n\
    Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n\
    \r\n\
    Hi.\r\n\
    \r\n\
    We lost the game.  Are you hungry yet?\r\n\
    \r\n\
    Joe.\r\n";

/// Its `h=`: what is named a second time is not there a second time.
const NAMES: [&str; 8] = ["from", "to", "subject", "date", "message-id", "from", "subject", "date"];

const BODY_HASH: &str = "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=";

/// Its two signatures, `b=` left empty.
fn own(algorithm: &str, selector_and_names: &str) -> String {
    format!(
        "DKIM-Signature: v=1; a={algorithm}; c=relaxed/relaxed;\r\n d=football.example.com; i=@football.example.com;\r\n \
         q=dns/txt; {selector_and_names}\r\n bh={BODY_HASH};\r\n b="
    )
}

fn ed25519_of_the_rfc() -> Key {
    // A.1: the secret key, here within the frame of PKCS#8 (RFC 8410).
    let seed = STANDARD.decode("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=").unwrap();
    let frame = [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
    let der = STANDARD.encode([&frame[..], &seed].concat());
    Key::from_pem(format!("-----BEGIN PRIVATE KEY-----\n{der}\n-----END PRIVATE KEY-----\n").as_bytes()).unwrap()
}

#[test]
fn rfc_8463_ed25519() {
    let key = ed25519_of_the_rfc();
    let record = Record::of("football.example.com", "brisbane", &key);
    assert_eq!(record.name, "brisbane._domainkey.football.example.com");
    assert_eq!(record.value, "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
    let parts = Parts::of(MESSAGE);
    assert_eq!(body_hash(parts.body), BODY_HASH);
    let names = "s=brisbane; t=1528637909; h=from : to :\r\n subject : date : message-id : from : subject : date;";
    let data = signed_data(&parts.fields, &NAMES, &own("ed25519-sha256", names));
    let signature = STANDARD.encode(key.sign(data.as_bytes()).unwrap());
    let published = "/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11BusFa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==";
    assert_eq!(signature, published);
}

/// Its RSA key is too short to sign with, but shows that the right text is signed.
#[test]
fn rfc_8463_rsa() {
    let names = "s=test; t=1528637909; h=from : to : subject :\r\n date : message-id : from : subject : date;";
    let data = signed_data(&Parts::of(MESSAGE).fields, &NAMES, &own("rsa-sha256", names));
    let signature = "F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGs\
         geefOsk2JzdA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=";
    let public = "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3\
         FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB";
    let public = STANDARD.decode(public).unwrap();
    let public = UnparsedPublicKey::new(&RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, public);
    public.verify(data.as_bytes(), &STANDARD.decode(signature).unwrap()).unwrap();
}

/// RFC 6376, section 3.4.4: the hash of an empty body.
#[test]
fn rfc_6376_an_empty_body() {
    assert_eq!(body_hash(""), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    assert_eq!(body_hash("\r\n"), body_hash(""));
}

#[test]
fn of_fields_with_one_name_the_last_is_signed_first() {
    let fields = Parts::of("To: 1\r\nX: x\r\nTo: 2\r\nTO: 3\r\n\r\n").fields;
    assert_eq!(signed_data(&fields, &["To", "to", "To", "To", "From"], "D: v"), "to:3\r\nto:2\r\nto:1\r\nd:v");
    let names = signed_names(&fields);
    assert_eq!(names, ["From", "To", "To", "To", "Subject", "Content-Type"]);
}

#[test]
fn the_field_stands_before_the_message_in_short_lines() {
    let message = "Subject: hi\r\nFrom: a@b.test\r\nList-Id: <x>\r\n\r\nbody\r\n";
    let ours = |domain: &str| Signer::new(domain, "bell", ed25519_of_the_rfc());
    let signed = ours("mail.example.com").sign(message).unwrap();
    let (field, signature) = signed.strip_suffix(message).unwrap().split_once("\r\n b=").unwrap();
    assert_eq!(
        field,
        format!(
            "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n d=mail.example.com; s=bell;\r\n \
             h=From:From:Subject:Subject:List-Id:Content-Type;\r\n bh={};",
            body_hash("body")
        )
    );
    assert_eq!(signature.split("\r\n").map(str::len).collect::<Vec<_>>(), [73, 16, 0], "64 bytes in base64");
    assert_eq!(signed, ours("mail.example.com").sign(message).unwrap(), "the same facts, the same bytes");
    let long = ours(&["a"; 120].join(".")).sign(message).unwrap();
    let lines: Vec<_> = long.strip_suffix(message).unwrap().lines().collect();
    assert_eq!(lines.iter().filter(|line| line.len() > LINE_LEN_MAX).count(), 1, "a domain cannot be broken");
    assert!(lines[1..].iter().all(|line| line.starts_with(' ') && line.len() > 1));
}

#[test]
fn a_key_that_was_made_can_be_read_again_and_is_told_to_nobody() {
    for algorithm in [Algorithm::Rsa, Algorithm::Ed25519] {
        let key = Key::generate(algorithm).unwrap();
        let pem = key.to_pem().unwrap();
        let again = Key::from_pem(pem.as_bytes()).unwrap();
        assert_eq!((again.public(), again.algorithm()), (key.public(), algorithm));
        assert!(pem.lines().all(|line| line.len() <= 64));
        let shown = format!("{:?}", Signer::new("d.test", "s", key));
        assert_eq!(
            shown,
            format!(r#"Signer {{ domain: "d.test", selector: "s", key: Key {{ algorithm: {algorithm:?}, .. }} }}"#)
        );
    }
}

#[test]
fn a_record_is_cut_as_the_dns_wants_it() {
    let rsa = Record::of("example.com", "bell", &Key::generate(Algorithm::Rsa).unwrap());
    assert!(rsa.value.starts_with("v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A"));
    assert_eq!(rsa.strings().iter().map(|string| string.len()).collect::<Vec<_>>(), [255, 155]);
    assert_eq!(rsa.strings().concat(), rsa.value);
    let [first, second] = rsa.strings()[..] else { panic!("two strings") };
    assert_eq!(rsa.zone(), format!("bell._domainkey.example.com. IN TXT (\n    \"{first}\"\n    \"{second}\" )"));
    let ed25519 = Record::of("example.com", "bell", &ed25519_of_the_rfc());
    let zone = ed25519.zone();
    assert_eq!(zone, format!("bell._domainkey.example.com. IN TXT \"{}\"", ed25519.value));
}

/// A key file of the tests, made by other programs.
macro_rules! file {
    ($name:literal) => {
        include_str!(concat!("../../../tests/mail/keys/", $name, ".pem"))
    };
}

#[test]
fn keys_of_other_programs_are_read_in_either_form() {
    let read = |file: &str| Key::from_pem(file.as_bytes()).unwrap();
    let (rsa, ed25519) = (read(file!("rsa-pkcs8")), read(file!("ed25519")));
    assert_eq!((rsa.algorithm(), ed25519.algorithm()), (Algorithm::Rsa, Algorithm::Ed25519));
    assert_eq!(rsa.public(), read(file!("rsa-pkcs1")).public());
    let public: String = file!("rsa-public").lines().filter(|line| !line.starts_with('-')).collect();
    assert_eq!(STANDARD.encode(rsa.public()), public);
    let key = file!("ed25519");
    for around in [format!("# ours\n\n{key}"), key.replace('\n', "\r\n"), [file!("rsa-public"), key].concat()] {
        assert_eq!(read(&around).public(), ed25519.public(), "{around}");
    }
}

#[test]
fn what_is_no_key_is_refused_by_name() {
    let pem = |label: &str, text: &str| format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n");
    for (file, error) in [
        (String::new(), KeyError::NotPem),
        ("hello\n".to_owned(), KeyError::NotPem),
        (file!("rsa-public").to_owned(), KeyError::NotPrivate("a public key")),
        (pem("CERTIFICATE", "AAAA"), KeyError::NotPrivate("a certificate")),
        (pem("PRIVATE KEY", "AAAA"), KeyError::Invalid),
        (pem("RSA PRIVATE KEY", "AAAA"), KeyError::Invalid),
        (pem("PRIVATE KEY", "A*"), KeyError::Damaged),
        ("-----BEGIN PRIVATE KEY-----\nAAAA\n".to_owned(), KeyError::Damaged),
        (file!("rsa-pkcs1-passphrase").to_owned(), KeyError::Encrypted),
        (file!("rsa-pkcs8-passphrase").to_owned(), KeyError::Encrypted),
        (file!("openssh").to_owned(), KeyError::Kind),
        (file!("p256").to_owned(), KeyError::Kind),
        (pem("EC PRIVATE KEY", "AAAA"), KeyError::Kind),
        (file!("rsa-1024").to_owned(), KeyError::TooShort),
        (file!("rsa-1024-pkcs1").to_owned(), KeyError::TooShort),
    ] {
        assert_eq!(Key::from_pem(file.as_bytes()).unwrap_err(), error, "{file}");
    }
}
