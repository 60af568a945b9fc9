//! `doorbell mail key`: the key that letters are signed with (rule E3), and its record in the DNS.

use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args};
use serde::Serialize;

use crate::cli::args::Output;
use crate::cli::{CliError, print};
use crate::mail::dkim::{Algorithm, Key, Record, file};
use crate::settings::{Settings, parse_dns_name};

/// `doorbell mail key`
#[derive(Clone, Debug, Args)]
#[command(group = ArgGroup::new("file").required(true).args(["out", "show"]))]
pub struct KeyArgs {
    /// The domain that signs, best that of `mail.from`; by default that of `mail.dkim`
    #[arg(long, value_parser = parse_dns_name)]
    pub domain: Option<String>,
    /// The name of the key in the DNS, so that several can be published; by default that of `mail.dkim`
    #[arg(long, value_parser = parse_dns_name)]
    pub selector: Option<String>,
    /// Make a key and write it into this new file
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Make no key, but tell the record of this one
    #[arg(long, value_name = "FILE", conflicts_with = "ed25519")]
    pub show: Option<PathBuf>,
    /// Make an Ed25519 key instead of RSA: its record is short, but not every receiver knows it
    #[arg(long)]
    pub ed25519: bool,
    /// How to print.
    #[command(flatten)]
    pub output: Output,
}

/// Makes a key or reads one, and prints what is to be published and configured.
///
/// # Errors
/// The domain or the selector is not known, the file is there already (or, to be shown, is no key), or cannot be written.
pub fn run(args: &KeyArgs, settings: &Settings) -> Result<(), CliError> {
    let configured = settings.mail.dkim.as_ref();
    let domain = args.domain.clone().or_else(|| Some(configured?.domain.clone()));
    let selector = args.selector.clone().or_else(|| Some(configured?.selector.clone()));
    let (Some(domain), Some(selector)) = (domain, selector) else {
        return Err(CliError::Usage("say --domain and --selector: the configuration has no `mail.dkim`".to_owned()));
    };
    let (path, key) = match (&args.out, &args.show) {
        (Some(path), _) => (path, make(path, if args.ed25519 { Algorithm::Ed25519 } else { Algorithm::Rsa })?),
        (None, Some(path)) => (path, file::read(path).map_err(CliError::failed)?.0),
        (None, None) => return Err(CliError::Usage("say --out or --show".to_owned())),
    };
    let record = Record::of(&domain, &selector, &key);
    print(&KeyTold::new(path, domain, selector, &key, record), args.output)
}

fn make(path: &Path, algorithm: Algorithm) -> Result<Key, CliError> {
    let key = Key::generate(algorithm).map_err(CliError::failed)?;
    let pem = key.to_pem().map_err(CliError::failed)?;
    file::create(path, &pem).map_err(|why| match why.kind() {
        std::io::ErrorKind::AlreadyExists => CliError::Failed(format!(
            "{} is there already and stays as it is: choose another name, or see its record with --show",
            path.display()
        )),
        _ => CliError::Failed(format!("{} cannot be written: {why}", path.display())),
    })?;
    Ok(key)
}

/// What `mail key` tells of a key: all but the key.
#[derive(Clone, Debug, Serialize)]
pub struct KeyTold {
    /// Where the private key is.
    pub key_file: PathBuf,
    /// The domain that signs.
    pub domain: String,
    /// The key's name in the DNS.
    pub selector: String,
    /// With what it signs.
    pub algorithm: &'static str,
    /// What the DNS must hold: `{ name, value }`.
    pub record: Record,
    /// The same for a zone file.
    pub zone: String,
    /// The lines for `doorbell.toml`.
    pub config: String,
}

impl KeyTold {
    fn new(path: &Path, domain: String, selector: String, key: &Key, record: Record) -> Self {
        // Whoever starts the server may do it from another folder.
        let key_file = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let text = |text: &str| toml::Value::from(text).to_string();
        let config = format!(
            "[mail]\ndkim = {{ domain = {}, selector = {}, key_file = {} }}",
            text(&domain),
            text(&selector),
            text(&key_file.to_string_lossy())
        );
        let (algorithm, zone) = (key.algorithm().as_str(), record.zone());
        Self { key_file, domain, selector, algorithm, record, zone, config }
    }
}

impl std::fmt::Display for KeyTold {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "key file   {}", self.key_file.display())?;
        writeln!(f, "signs by   {}\n", self.algorithm)?;
        writeln!(f, "1. Publish this TXT record in the DNS of {}:\n", self.domain)?;
        writeln!(f, "name       {}", self.record.name)?;
        writeln!(f, "value      {}\n", self.record.value)?;
        writeln!(f, "   In a zone file it reads:\n\n{}\n", self.zone)?;
        writeln!(f, "2. When it can be looked up, put this into doorbell.toml and restart:\n\n{}\n", self.config)?;
        writeln!(f, "The key file is for the user that doorbell runs as, and for nobody else.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(path: &str) -> KeyTold {
        let key = Key::generate(Algorithm::Rsa).unwrap();
        let record = Record::of("example.com", "bell", &key);
        KeyTold::new(Path::new(path), "example.com".to_owned(), "bell".to_owned(), &key, record)
    }

    #[test]
    fn the_lines_for_the_configuration_are_understood_by_it() {
        let told = told("/var/lib/a \"b\"\\c/dkim.pem");
        let settings = Settings::from_toml(&told.config, Path::new("doorbell.toml")).unwrap();
        let dkim = settings.mail.dkim.unwrap();
        assert_eq!((dkim.domain.as_str(), dkim.selector.as_str()), ("example.com", "bell"));
        assert_eq!(dkim.key_file, told.key_file);
    }

    #[test]
    fn both_forms_tell_the_record() {
        let told = told("dkim.pem");
        let text = told.to_string();
        for piece in ["bell._domainkey.example.com", &told.record.value, &told.zone, &told.config] {
            assert!(text.contains(piece), "{piece}:\n{text}");
        }
        let json = serde_json::to_value(&told).unwrap();
        assert_eq!(json["record"]["value"], told.record.value);
        assert!(told.key_file.is_absolute());
    }
}
