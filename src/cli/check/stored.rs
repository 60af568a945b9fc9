//! Whether the store can be used.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::time::Duration;

use super::finding::Finding;
use crate::cli::beside;
use crate::settings::{Settings, StoreUrl};
use crate::store::{redis, sqlite};

/// How long the store may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) async fn look(settings: &Settings) -> Finding {
    let (name, version, todo) = match &settings.store.url {
        StoreUrl::Sqlite(path) if !path.exists() => return not_there(path),
        StoreUrl::Sqlite(path) => (path.display().to_string(), sqlite::VERSION, FILE_REMEDY),
        StoreUrl::Memory => {
            return Finding::warning("store", "memory: holds what there is only as long as the server runs.")
                .means("At its end all accounts and conversations are gone.")
                .todo("For more than a trial: store.url = \"sqlite:doorbell.db\".");
        }
        StoreUrl::Redis(_) => ("Redis".to_owned(), i64::from(redis::VERSION), REDIS_REMEDY),
    };
    let store = match beside::open_to_check(settings) {
        Ok(store) => store,
        Err(why) => {
            let means = "The server does not start with it, or cannot read all of it.";
            return Finding::wrong("store", format!("{why}.")).means(means);
        }
    };
    match tokio::time::timeout(PATIENCE, store.health()).await {
        Ok(Ok(())) => Finding::ok(
            "store",
            format!("{name} can be read and written, and is of version {version}, as it should be."),
        ),
        Ok(Err(why)) => cannot_write(&name, &why.to_string(), todo),
        Err(_) => cannot_write(&name, &format!("no answer for {PATIENCE:?}"), todo),
    }
}

const FILE_REMEDY: &str =
    "Check that the file and its directory may be written to by doorbell's user, and that the disk has room.";
const REDIS_REMEDY: &str =
    "Check that it runs, that its disk and its memory have room, and that store.url leads to the master.";

fn cannot_write(name: &str, why: &str, todo: &str) -> Finding {
    Finding::wrong("store", format!("{name} cannot be written: {why}."))
        .means("Nothing that anybody does can be kept.")
        .todo(todo)
}

/// A file that is not there is not made by looking for it.
fn not_there(path: &Path) -> Finding {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match can_write(directory) {
        Ok(()) => Finding::ok("store", format!("{} is not there yet; the server makes it.", path.display())),
        Err(why) => Finding::wrong("store", format!("{} is not there and cannot be made: {why}.", path.display()))
            .todo(format!("Make the directory {} and let doorbell's user write to it.", directory.display())),
    }
}

/// Whether something can be written into a directory: nothing but trying tells.
pub(super) fn can_write(directory: &Path) -> io::Result<()> {
    let probe = directory.join(format!(".doorbell-check-{}", std::process::id()));
    File::create_new(&probe)?;
    fs::remove_file(probe)
}
