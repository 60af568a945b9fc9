//! A postman that writes letters into a directory, for where no relay is configured (rule E3).

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::ports::journal::Answer;
use crate::ports::postman::{Delivery, Envelope, Phase, Postman, Ready, Refusal, Reply};

/// The longest name of a file, without its ending, in bytes.
const NAME_LEN_MAX: usize = 200;

/// Writes each letter into a file of its own, `MESSAGE-ID.eml`. A file is there whole or not at all, and the same letter a
/// second time is the same file.
#[derive(Clone, Debug)]
pub struct Directory {
    path: Arc<Path>,
}

impl Directory {
    /// The directory; it is made when the first letter comes.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into().into() }
    }

    fn reply(&self, text: String) -> Reply {
        Reply { code: None, text, server: Some(self.path.display().to_string()), phase: Phase::Body }
    }

    fn write(&self, raw: &[u8]) -> io::Result<PathBuf> {
        let name = file_name(raw);
        let path = self.path.join(format!("{name}.eml"));
        let unfinished = self.path.join(format!(".{name}.tmp"));
        let mut file = File::create(&unfinished)?;
        file.write_all(raw)?;
        file.sync_all()?;
        fs::rename(&unfinished, &path)?;
        // Only after this is the name itself durable.
        File::open(&self.path)?.sync_all()?;
        Ok(path)
    }
}

impl Postman for Directory {
    fn open(&self, _: Envelope) -> Answer<Result<Box<dyn Ready>, Refusal>> {
        let directory = self.clone();
        Box::pin(async move {
            directory.knock().await?;
            Ok(Box::new(directory) as Box<dyn Ready>)
        })
    }

    fn knock(&self) -> Answer<Result<(), Refusal>> {
        let directory = self.clone();
        Box::pin(async move {
            tokio::fs::create_dir_all(&directory.path).await.map_err(|error| {
                let text = format!("the directory cannot be made: {error}");
                Refusal::Later(Reply { phase: Phase::Connect, ..directory.reply(text) })
            })
        })
    }
}

impl Ready for Directory {
    fn send(self: Box<Self>, raw: Arc<[u8]>) -> Answer<Delivery> {
        Box::pin(async move {
            let writer = self.clone();
            match tokio::task::spawn_blocking(move || writer.write(&raw)).await.unwrap_or_else(|e| Err(e.into())) {
                Ok(path) => Delivery::Accepted(self.reply(format!("written to {}", path.display()))),
                // A second try writes the same file: nothing can be doubled.
                Err(error) => Delivery::Later(self.reply(format!("the letter cannot be written: {error}"))),
            }
        })
    }
}

/// A name from the letter's `Message-ID`, or from its bytes where it has none that could be one.
fn file_name(raw: &[u8]) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || "@._-".contains(c);
    message_id(raw)
        .filter(|id| id.len() <= NAME_LEN_MAX && !id.starts_with('.') && id.chars().all(fits))
        .unwrap_or_else(|| URL_SAFE_NO_PAD.encode(Sha256::digest(raw)))
}

/// The id in the head of a message, without its angle brackets.
fn message_id(raw: &[u8]) -> Option<String> {
    let head = raw.split(|byte| *byte == b'\n').take_while(|line| !line.trim_ascii().is_empty());
    head.filter_map(|line| std::str::from_utf8(line).ok()?.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("message-id"))
        .map(|(_, value)| value.trim().trim_matches(['<', '>']).to_owned())
        .filter(|id| !id.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_after_its_letter() {
        assert_eq!(file_name(b"From: a@b\r\nMessage-ID: <letter.A_b-1@x.test>\r\n\r\nhi"), "letter.A_b-1@x.test");
        for odd in ["Message-ID: <../../etc/passwd>\r\n\r\n", "\r\nMessage-ID: <a@b>", "Message-ID: <>\r\n\r\n", ""] {
            assert_eq!(file_name(odd.as_bytes()).len(), 43, "{odd}");
        }
    }
}
