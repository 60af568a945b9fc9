//! Key files.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::key::{Key, KeyError};

/// May be read and written by their owner alone.
const MODE: u32 = 0o600;

/// Why a key file cannot be used, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// It cannot be read.
    #[error("the DKIM key {path} cannot be read: {source}; {}", way_out(source))]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is read, and no key.
    #[error("{path} is no DKIM key: {why}; `doorbell mail key` makes one")]
    Unusable {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        why: KeyError,
    },
}

fn way_out(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::PermissionDenied => "give it to the user that doorbell runs as",
        io::ErrorKind::NotFound => "`doorbell mail key` makes one",
        _ => "see `mail.dkim.key_file`",
    }
}

/// Whether a key file keeps its secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Only its owner and its group can read it, if at all.
    Private,
    /// Every user of the machine can read it.
    Everybody,
}

/// Reads a key file.
///
/// # Errors
/// It cannot be read, or holds no key that can be used.
pub fn read(path: &Path) -> Result<(Key, Access), KeyFileError> {
    let unreadable = |source| KeyFileError::Unreadable { path: path.to_owned(), source };
    let pem = fs::read(path).map_err(unreadable)?;
    let mode = fs::metadata(path).map_err(unreadable)?.permissions().mode();
    let key = Key::from_pem(&pem).map_err(|why| KeyFileError::Unusable { path: path.to_owned(), why })?;
    Ok((key, if mode & 0o004 == 0 { Access::Private } else { Access::Everybody }))
}

/// Writes a new key file that only its owner can read. A file that is there is never touched: signatures under letters that
/// are on their way would be lost with its key.
///
/// # Errors
/// There is a file of that name, or it cannot be written.
pub fn create(path: &Path, pem: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(MODE).open(path)?;
    let written = file.write_all(pem.as_bytes()).and_then(|()| file.sync_all());
    if written.is_err() {
        // Half a key is worth nothing, and would be in the way of the next try.
        let _ = fs::remove_file(path);
        return written;
    }
    // Only after this is the name itself durable: what is published must not outlive its key.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::dkim::key::Algorithm;

    #[test]
    fn a_new_file_is_read_by_its_owner_alone_and_never_written_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dkim.pem");
        let key = Key::generate(Algorithm::Ed25519).unwrap();
        create(&path, &key.to_pem().unwrap()).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let (again, access) = read(&path).unwrap();
        assert_eq!((again.public(), access), (key.public(), Access::Private));
        assert_eq!(create(&path, "other").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&path).unwrap(), key.to_pem().unwrap());

        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert_eq!(read(&path).unwrap().1, Access::Private, "a group is chosen on purpose");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(read(&path).unwrap().1, Access::Everybody);
    }

    #[test]
    fn what_is_wrong_names_the_file_and_the_way_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dkim.pem");
        let missing = read(&path).unwrap_err().to_string();
        fs::write(&path, "hello").unwrap();
        let wrong = read(&path).unwrap_err().to_string();
        for error in [missing, wrong] {
            assert!(error.contains(&*path.to_string_lossy()) && error.contains("`doorbell mail key`"), "{error}");
        }
    }
}
