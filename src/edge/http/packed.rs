//! Texts that everybody may read, packed (gzip) for whoever takes them so: each once, and kept.
//!
//! Nothing else is packed. How small an answer of the interface gets would tell of what stands in it.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::{Mutex, PoisonError};

use actix_web::HttpRequest;
use actix_web::http::header::{AcceptEncoding, Encoding, Header as _};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::uncommented::uncommented;

/// What was packed, by its path: at most one a file of `static/`.
static PACKED: Mutex<BTreeMap<String, Packed>> = Mutex::new(BTreeMap::new());

struct Packed {
    sha256: [u8; 32],
    bytes: Bytes,
}

/// Whether who asks takes gzip, and nothing else rather.
pub(super) fn is_wanted(request: &HttpRequest) -> bool {
    // A header that cannot be read asks for nothing.
    let Ok(accepted) = AcceptEncoding::parse(request) else { return false };
    let known = [Encoding::gzip(), Encoding::identity()];
    accepted.negotiate(known.iter()) == Some(Encoding::gzip())
}

/// The text at `path` as it is sent, packed. `sha256` tells it from what stood there before: where pages are read from the disk,
/// they change.
pub(super) fn packed(path: &str, text: &[u8], sha256: [u8; 32]) -> Bytes {
    if let Some(known) = kept().get(path).filter(|known| known.sha256 == sha256) {
        return known.bytes.clone();
    }
    let bytes = match std::str::from_utf8(text) {
        Ok(text) => pack(uncommented(path, text).as_bytes()),
        Err(_) => pack(text),
    };
    kept().insert(path.to_owned(), Packed { sha256, bytes: bytes.clone() });
    bytes
}

fn kept() -> std::sync::MutexGuard<'static, BTreeMap<String, Packed>> {
    PACKED.lock().unwrap_or_else(PoisonError::into_inner)
}

fn pack(text: &[u8]) -> Bytes {
    let mut packing = GzEncoder::new(Vec::new(), Compression::best());
    packing.write_all(text).and_then(|()| packing.finish()).expect("writing to memory does not fail").into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header;
    use actix_web::test::TestRequest;
    use flate2::read::GzDecoder;

    fn wanted(value: &str) -> bool {
        is_wanted(&TestRequest::default().insert_header((header::ACCEPT_ENCODING, value)).to_http_request())
    }

    #[test]
    fn it_is_packed_for_who_says_so_and_nobody_else() {
        for yes in
            ["gzip", "gzip, deflate, br, zstd", "GZIP", "br;q=1.0, gzip;q=0.2", "gzip, identity;q=0", "gzip, *;q=0"]
        {
            assert!(wanted(yes), "{yes}");
        }
        for no in ["", "br", "*", "identity", "gzip;q=0", "gzip;q=0, *", "gzip;q=0.5, identity", "gzip;q=x", "gzipped"]
        {
            assert!(!wanted(no), "{no}");
        }
        assert!(!is_wanted(&TestRequest::default().to_http_request()));
    }

    #[test]
    fn it_is_packed_once_and_anew_when_it_changed() {
        let unpacked = |bytes: &Bytes| std::io::read_to_string(GzDecoder::new(&bytes[..])).unwrap();
        let first = packed("a test's page", b"one", [1; 32]);
        assert_eq!(unpacked(&first), "one");
        let again = packed("a test's page", b"not looked at", [1; 32]);
        assert_eq!(again.as_ptr(), first.as_ptr());
        assert_eq!(unpacked(&packed("a test's page", b"two", [2; 32])), "two");
        assert_eq!(kept().keys().filter(|path| *path == "a test's page").count(), 1);
    }
}
