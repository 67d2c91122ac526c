//! A folder, or a single file, as a store. Keys are paths below the folder with `/` between their parts; the store
//! that is a single file has one key, the file's name.

mod list;
mod read;

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::{BoxStream, StreamExt};

use super::{Entry, ObjectMeta, Source, SourceError};
use crate::model::id::StoreUri;
use crate::model::redact::inert;

/// A folder or file of this machine.
pub(super) struct Local {
    uri: StoreUri,
    /// The folder that keys are relative to.
    root: Arc<PathBuf>,
    /// The only key, where the location is a single file.
    only: Option<Vec<u8>>,
}

impl Local {
    /// Opens an existing folder or file; links in the location itself are followed.
    pub(super) fn open(path: &Path) -> Result<Self, SourceError> {
        let what = || format!("open {}", inert(&path.to_string_lossy()));
        let path = std::fs::canonicalize(path).map_err(|error| io_error(what(), &error))?;
        let facts = std::fs::metadata(&path).map_err(|error| io_error(what(), &error))?;
        let uri = StoreUri::new(&format!("file://{}", text_of(&path)));
        let (root, only) = match (facts.is_dir(), path.parent(), path.file_name()) {
            (true, ..) => (path, None),
            (false, Some(folder), Some(name)) if facts.is_file() => (folder.to_owned(), Some(bytes_of(name))),
            _ => {
                return Err(SourceError::Config {
                    what: what(),
                    why: "it is neither a folder nor a file".to_owned(),
                });
            }
        };
        Ok(Self {
            uri,
            root: Arc::new(root),
            only,
        })
    }

    /// The call and its target, for errors.
    fn what(&self, object: &ObjectMeta) -> String {
        format!(
            "read {}",
            inert(&self.root.join(path_of(object.key.as_bytes())).to_string_lossy())
        )
    }
}

impl Source for Local {
    fn uri(&self) -> &StoreUri {
        &self.uri
    }

    fn list(&self, prefix: &[u8]) -> BoxStream<'_, Result<Entry, SourceError>> {
        list::stream(Arc::clone(&self.root), self.only.clone(), prefix.to_vec()).boxed()
    }

    fn read<'a>(
        &'a self,
        object: &'a ObjectMeta,
        ranges: &'a [Range<u64>],
    ) -> BoxFuture<'a, Result<Vec<Bytes>, SourceError>> {
        Box::pin(read::ranges(
            Arc::clone(&self.root),
            object,
            ranges,
            self.what(object),
        ))
    }

    fn stream<'a>(&'a self, object: &'a ObjectMeta, from: u64) -> BoxStream<'a, Result<Bytes, SourceError>> {
        read::stream(Arc::clone(&self.root), object, from, self.what(object)).boxed()
    }
}

/// What an I/O error means for the caller.
fn io_error(what: String, error: &std::io::Error) -> SourceError {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => SourceError::NotFound { what },
        ErrorKind::PermissionDenied => SourceError::AccessDenied {
            what,
            permission: "read permission on the file and search permission on its folders".to_owned(),
        },
        ErrorKind::UnexpectedEof => SourceError::Changed { what },
        kind => SourceError::Unavailable {
            what,
            why: kind.to_string(),
        },
    }
}

/// What tells one state of a file from another: modification time, size, device and inode.
#[cfg(unix)]
fn stamp(facts: &std::fs::Metadata) -> String {
    use std::os::unix::fs::MetadataExt;
    format!(
        "{:x}.{:x}-{:x}-{:x}-{:x}",
        facts.mtime(),
        facts.mtime_nsec(),
        facts.len(),
        facts.dev(),
        facts.ino()
    )
}

/// What tells one state of a file from another: modification time and size.
#[cfg(not(unix))]
fn stamp(facts: &std::fs::Metadata) -> String {
    let time = facts
        .modified()
        .ok()
        .and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    format!("{:x}-{:x}", time.unwrap_or_default().as_nanos(), facts.len())
}

/// A name's bytes.
#[cfg(unix)]
fn bytes_of(name: &std::ffi::OsStr) -> Vec<u8> {
    std::os::unix::ffi::OsStrExt::as_bytes(name).to_vec()
}

/// A name's bytes.
#[cfg(not(unix))]
fn bytes_of(name: &std::ffi::OsStr) -> Vec<u8> {
    name.to_string_lossy().into_owned().into_bytes()
}

/// A key as a relative path.
#[cfg(unix)]
pub(super) fn path_of(key: &[u8]) -> &Path {
    Path::new(<std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(key))
}

/// A key as a relative path.
#[cfg(not(unix))]
pub(super) fn path_of(key: &[u8]) -> &Path {
    Path::new(std::str::from_utf8(key).unwrap_or_default())
}

/// A path as a store's address has it: as it is, with the bytes that are no text percent-encoded.
fn text_of(path: &Path) -> String {
    let bytes = bytes_of(path.as_os_str());
    bytes.utf8_chunks().fold(String::new(), |mut text, chunk| {
        text.push_str(chunk.valid());
        chunk
            .invalid()
            .iter()
            .for_each(|byte| text.push_str(&format!("%{byte:02X}")));
        text
    })
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use futures::TryStreamExt;

    use super::*;

    fn lake() -> tempfile::TempDir {
        let lake = tempfile::tempdir().unwrap();
        let odd = std::ffi::OsStr::from_bytes(b"odd\xff\n \\");
        fs::create_dir_all(lake.path().join("a/deep")).unwrap();
        for (path, text) in [
            ("a/deep/x", "deep"),
            ("a.b", "dot"),
            ("a/y", "why"),
            ("a0", "zero"),
        ] {
            fs::write(lake.path().join(path), text).unwrap();
        }
        fs::write(lake.path().join(odd), "odd").unwrap();
        lake
    }

    async fn listed(local: &Local, prefix: &str) -> Vec<Entry> {
        local.list(prefix.as_bytes()).try_collect().await.unwrap()
    }

    async fn objects(local: &Local, prefix: &str) -> Vec<ObjectMeta> {
        let only = |entry| match entry {
            Entry::Object(object) => Some(object),
            Entry::Unreadable { .. } => None,
        };
        listed(local, prefix).await.into_iter().filter_map(only).collect()
    }

    #[tokio::test]
    async fn keys_come_in_byte_order_with_their_true_bytes() {
        let lake = lake();
        let local = Local::open(lake.path()).unwrap();
        let found = objects(&local, "").await;
        let keys: Vec<_> = found.iter().map(|object| object.key.as_bytes()).collect();
        let expected: [&[u8]; 5] = [b"a.b", b"a/deep/x", b"a/y", b"a0", b"odd\xff\n \\"];
        assert_eq!(keys, expected);
        for object in &found {
            let all: Vec<Bytes> = local.stream(object, 0).try_collect().await.unwrap();
            assert_eq!(all.concat().len() as u64, object.size);
        }
    }

    #[tokio::test]
    async fn a_prefix_is_a_beginning_of_keys() {
        let lake = lake();
        let local = Local::open(lake.path()).unwrap();
        let found = objects(&local, "a/").await;
        assert_eq!(found.len(), 2);
        assert_eq!(objects(&local, "a").await.len(), 4);
        assert_eq!(objects(&local, "a/deep/x").await.len(), 1);
        assert_eq!(objects(&local, "b").await.len(), 0);
    }

    #[tokio::test]
    async fn ranges_are_exact() {
        let lake = lake();
        let local = Local::open(lake.path()).unwrap();
        let object = &objects(&local, "a/deep/").await[0];
        let read = local.read(object, &[1..3, 0..0, 0..4]).await.unwrap();
        assert_eq!(read, [&b"ee"[..], b"", b"deep"]);
        let beyond = local.read(object, std::slice::from_ref(&(2..5))).await;
        assert!(matches!(beyond, Err(SourceError::Changed { .. })));
    }

    #[tokio::test]
    async fn a_large_file_comes_in_pieces_and_from_any_place() {
        let lake = tempfile::tempdir().unwrap();
        let data: Vec<u8> = (0..(5usize << 19) + 7).map(|n| (n % 251) as u8).collect();
        fs::write(lake.path().join("big"), &data).unwrap();
        let local = Local::open(lake.path()).unwrap();
        let object = &objects(&local, "").await[0];
        let pieces: Vec<Bytes> = local.stream(object, 3).try_collect().await.unwrap();
        assert!(pieces.len() > 1 && pieces.iter().all(|piece| piece.len() <= 1 << 20));
        assert!(pieces.concat() == data[3..]);
    }

    #[tokio::test]
    async fn a_file_that_was_replaced_is_not_the_listed_one() {
        let lake = lake();
        let local = Local::open(lake.path()).unwrap();
        let object = &objects(&local, "a.b").await[0];
        fs::write(lake.path().join("new"), "not").unwrap();
        fs::rename(lake.path().join("new"), lake.path().join("a.b")).unwrap();
        let read = local.read(object, std::slice::from_ref(&(0..3))).await;
        assert!(matches!(read, Err(SourceError::Changed { .. })));
        fs::remove_file(lake.path().join("a.b")).unwrap();
        let read = local.read(object, std::slice::from_ref(&(0..3))).await;
        assert!(matches!(read, Err(SourceError::NotFound { .. })));
    }

    #[tokio::test]
    async fn links_are_not_followed_and_only_those_that_lead_out_are_named() {
        let (lake, outside) = (lake(), tempfile::tempdir().unwrap());
        fs::write(outside.path().join("secret"), "x").unwrap();
        symlink(outside.path(), lake.path().join("out")).unwrap();
        symlink(outside.path().join("secret"), lake.path().join("out2")).unwrap();
        symlink("a.b", lake.path().join("in")).unwrap();
        symlink("nowhere", lake.path().join("dangling")).unwrap();
        symlink(".", lake.path().join("loop")).unwrap();
        let local = Local::open(lake.path()).unwrap();
        let entries = listed(&local, "").await;
        let named: Vec<_> = entries
            .iter()
            .filter_map(|entry| match entry {
                Entry::Unreadable { key, error } => Some((key.to_text(), error.skip_reason())),
                Entry::Object(_) => None,
            })
            .collect();
        let reason = Some(crate::model::skip::SkipReason::UnsupportedFormat);
        assert_eq!(named, [("out".to_owned(), reason), ("out2".to_owned(), reason)]);
        assert_eq!(entries.len(), 7);
    }

    #[tokio::test]
    async fn a_folder_without_permission_is_one_entry_and_the_rest_is_listed() {
        let lake = lake();
        let shut = lake.path().join("a/deep");
        fs::set_permissions(&shut, fs::Permissions::from_mode(0o000)).unwrap();
        let may_read_anything = fs::read_dir(&shut).is_ok();
        let local = Local::open(lake.path()).unwrap();
        let entries = listed(&local, "").await;
        fs::set_permissions(&shut, fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(entries.len(), 5);
        let refused = entries.iter().any(|entry| {
            matches!(entry, Entry::Unreadable { key, error: SourceError::AccessDenied { .. } }
                if key.as_bytes() == b"a/deep/")
        });
        assert_eq!(refused, !may_read_anything);
    }

    #[tokio::test]
    async fn a_single_file_is_a_store_with_one_key() {
        let lake = lake();
        let local = Local::open(&lake.path().join("a/y")).unwrap();
        assert!(local.uri().as_str().ends_with("/a/y"));
        let found = objects(&local, "").await;
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].key.as_bytes(), b"y");
        assert_eq!(
            local.read(&found[0], &[0..2, 2..3]).await.unwrap(),
            [&b"wh"[..], b"y"]
        );
    }

    #[tokio::test]
    async fn a_key_cannot_leave_the_folder() {
        let lake = lake();
        let local = Local::open(&lake.path().join("a")).unwrap();
        let mut object = objects(&local, "y").await.remove(0);
        for key in ["../a.b", "/etc/hostname", "deep/../y", "./y", "y/", ""] {
            object.key = crate::model::id::Key::new(key);
            let read = local.read(&object, std::slice::from_ref(&(0..1))).await;
            assert!(
                matches!(read, Err(SourceError::KeyNotAddressable { .. })),
                "{key:?}"
            );
        }
    }

    #[test]
    fn a_missing_path_is_not_found() {
        let missing = Local::open(Path::new("/no/such/path/anywhere")).err();
        assert!(matches!(missing, Some(SourceError::NotFound { .. })));
    }
}
