//! Passwords on the command line: read from stdin or made, never an argument, where every user of the machine would see them.

use std::io::BufRead;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::CliError;
use crate::office::passwords::{NewPassword, PasswordHashed};
use crate::settings::Secret;

/// The longest line that is taken for a password, in bytes.
const LEN_MAX: u64 = 1_024;

/// How many random bytes are in a password that is made: 120 bits, 20 letters.
const NEW_LEN: usize = 15;

/// A password for somebody, and who knows it already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Password {
    /// It came on stdin: it is not to be repeated.
    Given(Secret),
    /// It was made here: whoever ran the command must be told.
    Made(Secret),
}

impl Password {
    /// Reads one from stdin, or makes one.
    ///
    /// # Errors
    /// Where stdin holds none, or the system has no random numbers.
    pub fn choose(from_stdin: bool) -> Result<Self, CliError> {
        if from_stdin { read(std::io::stdin().lock()).map(Self::Given) } else { make().map(Self::Made) }
    }

    /// The password itself.
    pub fn secret(&self) -> &Secret {
        match self {
            Self::Given(secret) | Self::Made(secret) => secret,
        }
    }

    /// What is stored of it; `about` are words that others know of its owner.
    ///
    /// # Errors
    /// One that is too short, too long, or easily guessed.
    pub fn hash(&self, about: &[&str]) -> Result<PasswordHashed, CliError> {
        Ok(NewPassword::parse("password", self.secret().expose())?.hash(about)?)
    }

    /// What is to be printed of it.
    pub fn to_print(&self) -> Option<String> {
        match self {
            Self::Given(_) => None,
            Self::Made(secret) => Some(secret.expose().to_owned()),
        }
    }
}

/// Reads the first line, without its end.
fn read(input: impl BufRead) -> Result<Secret, CliError> {
    let mut line = String::new();
    let read = input.take(LEN_MAX + 1).read_line(&mut line);
    read.map_err(|error| CliError::Failed(format!("the password cannot be read from stdin: {error}")))?;
    let password = line.strip_suffix('\n').map_or(line.as_str(), |rest| rest.strip_suffix('\r').unwrap_or(rest));
    match password.len() as u64 {
        0 => Err(CliError::Failed("no password came on stdin".to_owned())),
        len if len > LEN_MAX => Err(CliError::Failed(format!("the password is longer than {LEN_MAX} bytes"))),
        _ => Ok(Secret::new(password)),
    }
}

/// Makes one that nobody can guess.
fn make() -> Result<Secret, CliError> {
    let mut bytes = [0; NEW_LEN];
    getrandom::fill(&mut bytes).map_err(CliError::failed)?;
    Ok(Secret::new(URL_SAFE_NO_PAD.encode(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(input: &[u8]) -> Option<String> {
        read(input).ok().map(|password| password.expose().to_owned())
    }

    #[test]
    fn a_password_is_the_first_line() {
        assert_eq!(line(b"correct horse\n").as_deref(), Some("correct horse"));
        assert_eq!(line(b"correct horse\r\nbattery\n").as_deref(), Some("correct horse"));
        assert_eq!(line(b"  spaces belong to it ").as_deref(), Some("  spaces belong to it "));
    }

    #[test]
    fn nothing_or_too_much_is_no_password() {
        assert_eq!(line(b""), None);
        assert_eq!(line(b"\n"), None);
        assert_eq!(line(&[b'x'; 2_000]), None);
        assert_eq!(line(b"\xff\n"), None);
    }

    #[test]
    fn a_new_password_is_long_and_another_each_time() {
        let (one, other) = (make().unwrap(), make().unwrap());
        assert_eq!(one.expose().len(), 20);
        assert_ne!(one, other);
        assert_eq!(Password::Made(one.clone()).to_print().as_deref(), Some(one.expose()));
        assert_eq!(Password::Given(one).to_print(), None);
    }
}
