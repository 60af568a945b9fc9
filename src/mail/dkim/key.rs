//! The keys that sign: read from PEM, or made.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::error::{KeyRejected, Unspecified};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio_rustls::rustls::pki_types::pem::{PemObject as _, SectionKind};

/// The longest RSA key, in bits: no receiver has to take a longer one (RFC 8301).
const RSA_BITS_MAX: usize = 4_096;

/// Length of a line of PEM.
const PEM_LINE_LEN: usize = 64;

/// With what a key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// `rsa-sha256`: every receiver knows it.
    Rsa,
    /// `ed25519-sha256` (RFC 8463): short, and not known to every receiver.
    Ed25519,
}

impl Algorithm {
    /// As a signature names it (`a=`).
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rsa => "rsa-sha256",
            Self::Ed25519 => "ed25519-sha256",
        }
    }

    /// As the record in the DNS names it (`k=`).
    pub fn key_type(self) -> &'static str {
        match self {
            Self::Rsa => "rsa",
            Self::Ed25519 => "ed25519",
        }
    }
}

/// Why a file holds no key that can sign.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// There is no PEM in it.
    #[error("it is no PEM file: a line `-----BEGIN PRIVATE KEY-----` is missing")]
    NotPem,
    /// There is PEM in it, but none that can be decoded.
    #[error("its PEM is damaged")]
    Damaged,
    /// It holds something else than a private key.
    #[error("it holds {0}, and no private key")]
    NotPrivate(&'static str),
    /// The key is encrypted.
    #[error("its key is protected by a passphrase, which nobody is there to enter")]
    Encrypted,
    /// The key signs by another method.
    #[error("its key is neither one for RSA nor one for Ed25519")]
    Kind,
    /// An RSA key that is no good, or shorter than 2048 bits.
    #[error("its RSA key is shorter than 2048 bits: receivers do not trust such signatures")]
    TooShort,
    /// An RSA key that is longer than 4096 bits.
    #[error("its RSA key is longer than {RSA_BITS_MAX} bits: receivers need not understand such signatures")]
    TooLong,
    /// The numbers do not make a key.
    #[error("its key is not valid")]
    Invalid,
}

/// The cryptography itself has failed: no memory, no random numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the cryptography library failed")]
pub struct CryptoError;

impl From<Unspecified> for CryptoError {
    fn from(_: Unspecified) -> Self {
        Self
    }
}

/// A private key, and its public half as the DNS shows it.
pub struct Key {
    pair: Pair,
    public: Vec<u8>,
}

enum Pair {
    Rsa(RsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl std::fmt::Debug for Key {
    /// Only what is public.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Key").field("algorithm", &self.algorithm()).finish_non_exhaustive()
    }
}

impl Key {
    /// Reads the first private key of a PEM file: PKCS#8, or PKCS#1 for RSA.
    ///
    /// # Errors
    /// There is none that can be used.
    pub fn from_pem(pem: &[u8]) -> Result<Self, KeyError> {
        if is_encrypted(pem) {
            return Err(KeyError::Encrypted);
        }
        let mut other = None;
        for section in <(SectionKind, Vec<u8>)>::pem_slice_iter(pem) {
            match section.map_err(|_| KeyError::Damaged)? {
                (SectionKind::PrivateKey, der) => return Self::from_pkcs8(&der),
                (SectionKind::RsaPrivateKey, der) => return Self::of_rsa(RsaKeyPair::from_der(&der)),
                (SectionKind::EcPrivateKey, _) => return Err(KeyError::Kind),
                (SectionKind::Certificate, _) => other = Some("a certificate"),
                (SectionKind::PublicKey, _) => other = Some("a public key"),
                _ => {}
            }
        }
        Err(match other {
            Some(what) => KeyError::NotPrivate(what),
            // Other kinds of PEM: keys of OpenSSH or PGP, parameters.
            None if contains(pem, "-----BEGIN ") => KeyError::Kind,
            None => KeyError::NotPem,
        })
    }

    fn from_pkcs8(der: &[u8]) -> Result<Self, KeyError> {
        if let Ok(pair) = Ed25519KeyPair::from_pkcs8(der) {
            return Ok(Self { public: pair.public_key().as_ref().to_vec(), pair: Pair::Ed25519(pair) });
        }
        Self::of_rsa(RsaKeyPair::from_pkcs8(der))
    }

    fn of_rsa(pair: Result<RsaKeyPair, KeyRejected>) -> Result<Self, KeyError> {
        let pair = pair.map_err(|why| match why.description_() {
            "TooSmall" => KeyError::TooShort,
            "TooLarge" => KeyError::TooLong,
            "WrongAlgorithm" => KeyError::Kind,
            _ => KeyError::Invalid,
        })?;
        if pair.public_modulus_len() * 8 > RSA_BITS_MAX {
            return Err(KeyError::TooLong);
        }
        Self::rsa(pair).map_err(|_| KeyError::Invalid)
    }

    fn rsa(pair: RsaKeyPair) -> Result<Self, Unspecified> {
        let public: PublicKeyX509Der<'_> = pair.public_key().as_der()?;
        Ok(Self { public: public.as_ref().to_vec(), pair: Pair::Rsa(pair) })
    }

    /// Makes a new one; for RSA one of 2048 bits, whose record fits the DNS everywhere.
    ///
    /// # Errors
    /// The system has no random numbers.
    pub fn generate(algorithm: Algorithm) -> Result<Self, CryptoError> {
        Ok(match algorithm {
            Algorithm::Rsa => Self::rsa(RsaKeyPair::generate(KeySize::Rsa2048)?)?,
            Algorithm::Ed25519 => {
                let pair = Ed25519KeyPair::generate()?;
                Self { public: pair.public_key().as_ref().to_vec(), pair: Pair::Ed25519(pair) }
            }
        })
    }

    /// The private key as PEM (PKCS#8). Whoever has this can sign: it belongs into a file that nobody else reads.
    ///
    /// # Errors
    /// The library cannot write it.
    pub fn to_pem(&self) -> Result<String, CryptoError> {
        // Version 1, as `openssl genpkey` writes it too: not everything reads version 2.
        let der: Pkcs8V1Der<'_> = match &self.pair {
            Pair::Rsa(pair) => pair.as_der()?,
            Pair::Ed25519(pair) => pair.as_der()?,
        };
        let text = STANDARD.encode(der.as_ref());
        let lines: Vec<&str> = chunks(&text, PEM_LINE_LEN).collect();
        Ok(format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n")))
    }

    /// With what it signs.
    pub fn algorithm(&self) -> Algorithm {
        match self.pair {
            Pair::Rsa(_) => Algorithm::Rsa,
            Pair::Ed25519(_) => Algorithm::Ed25519,
        }
    }

    /// Its public half, as `p=` holds it in base64: for RSA a `SubjectPublicKeyInfo`, for Ed25519 the 32 bytes.
    pub fn public(&self) -> &[u8] {
        &self.public
    }

    /// Signs; the same data give the same signature.
    pub(super) fn sign(&self, data: &[u8]) -> Result<Vec<u8>, CryptoError> {
        match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), data, &mut signature)?;
                Ok(signature)
            }
            // Of the hash, not of the data (RFC 8463, section 3).
            Pair::Ed25519(pair) => Ok(pair.try_sign(digest(&SHA256, data).as_ref())?.as_ref().to_vec()),
        }
    }
}

/// The header of old PEM, or the label of a PKCS#8 key, that says so.
fn is_encrypted(pem: &[u8]) -> bool {
    contains(pem, "Proc-Type: 4,ENCRYPTED") || contains(pem, "-----BEGIN ENCRYPTED PRIVATE KEY-----")
}

fn contains(text: &[u8], word: &str) -> bool {
    text.windows(word.len()).any(|window| window == word.as_bytes())
}

/// An ASCII text in pieces of at most so many bytes.
pub(super) fn chunks(text: &str, len_max: usize) -> impl Iterator<Item = &str> {
    (0..text.len()).step_by(len_max).map(move |start| &text[start..text.len().min(start + len_max)])
}
