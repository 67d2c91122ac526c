//! Walking a folder: depth first, in the byte order of the keys, holding one folder's names per level.

use std::fs::{self, Metadata};
use std::path::PathBuf;
use std::sync::Arc;

use futures::stream::{self, Stream, TryStreamExt};

use super::{Entry, ObjectMeta, SourceError, bytes_of, io_error, path_of, stamp};
use crate::model::id::Key;
use crate::model::redact::inert;
use crate::source::Tier;

/// Entries made per turn on a blocking thread.
const TURN: usize = 1024;

/// The files below `root` whose keys begin with `prefix`; of a single-file store, that file.
pub(super) fn stream(
    root: Arc<PathBuf>,
    only: Option<Vec<u8>>,
    prefix: Vec<u8>,
) -> impl Stream<Item = Result<Entry, SourceError>> + Send {
    let walk = Walk::new(root, only, prefix);
    stream::try_unfold(walk, |walk| async move {
        let turn = tokio::task::spawn_blocking(move || walk.turn()).await;
        let (entries, walk) = turn.map_err(|_| SourceError::Unavailable {
            what: "list the folder".to_owned(),
            why: "interrupted".to_owned(),
        })?;
        let more = (!entries.is_empty()).then(|| (stream::iter(entries.into_iter().map(Ok)), walk));
        Ok::<_, SourceError>(more)
    })
    .try_flatten()
}

/// A name still to be visited.
struct Waiting {
    key: Vec<u8>,
    folder: bool,
}

/// The walk's state: for each open folder the names left, last first.
struct Walk {
    root: Arc<PathBuf>,
    prefix: Vec<u8>,
    waiting: Vec<Vec<Waiting>>,
}

impl Walk {
    fn new(root: Arc<PathBuf>, only: Option<Vec<u8>>, prefix: Vec<u8>) -> Self {
        let (key, folder) = only.map_or((Vec::new(), true), |key| (key, false));
        Self {
            root,
            prefix,
            waiting: vec![vec![Waiting { key, folder }]],
        }
    }

    /// The next entries; none at the end.
    fn turn(mut self) -> (Vec<Entry>, Self) {
        let mut entries = Vec::new();
        while entries.len() < TURN {
            let Some(level) = self.waiting.last_mut() else {
                break;
            };
            match level.pop() {
                None => drop(self.waiting.pop()),
                Some(next) if next.folder => entries.extend(self.enter(next.key)),
                Some(next) => entries.extend(self.look(next.key)),
            }
        }
        (entries, self)
    }

    /// Opens a folder (its key is empty or ends with `/`), unless nothing in it can match the prefix.
    fn enter(&mut self, key: Vec<u8>) -> Option<Entry> {
        let shared = key.len().min(self.prefix.len());
        if key[..shared] != self.prefix[..shared] {
            return None;
        }
        match self.names(&key) {
            Ok(names) => {
                self.waiting.push(names);
                None
            }
            Err(error) => Some(unreadable(key, error)),
        }
    }

    /// A folder's names as keys, last first; a folder sorts as its name with `/`, so that keys come in byte order.
    fn names(&self, folder: &[u8]) -> Result<Vec<Waiting>, SourceError> {
        let path = self.root.join(path_of(folder));
        let fail =
            |error: std::io::Error| io_error(format!("list {}", inert(&path.to_string_lossy())), &error);
        let mut names = Vec::new();
        for entry in fs::read_dir(&path).map_err(fail)? {
            let entry = entry.map_err(fail)?;
            let kind = entry.file_type().map_err(fail)?;
            let mut key = [folder, &bytes_of(&entry.file_name())].concat();
            if kind.is_dir() {
                key.push(b'/');
            }
            if kind.is_dir() || kind.is_file() || kind.is_symlink() {
                names.push(Waiting {
                    key,
                    folder: kind.is_dir(),
                });
            }
        }
        names.sort_unstable_by(|a, b| b.key.cmp(&a.key));
        Ok(names)
    }

    /// What a name that is no folder stands for.
    fn look(&self, key: Vec<u8>) -> Option<Entry> {
        if !key.starts_with(&self.prefix) {
            return None;
        }
        let path = self.root.join(path_of(&key));
        match fs::symlink_metadata(&path) {
            Ok(facts) if facts.is_symlink() => self.link(key, &path),
            Ok(facts) if facts.is_file() => Some(Entry::Object(meta(&key, &facts))),
            // Gone, or become something else, since its folder was read.
            Ok(_) => None,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => {
                let what = format!("list {}", inert(&path.to_string_lossy()));
                Some(unreadable(key, io_error(what, &error)))
            }
        }
    }

    /// Links are not followed. One whose target lies in the folder, or nowhere, hides nothing; one that leads out is
    /// said to be unread.
    fn link(&self, key: Vec<u8>, path: &std::path::Path) -> Option<Entry> {
        let target = fs::canonicalize(path).ok()?;
        if target.starts_with(&*self.root) {
            return None;
        }
        let what = format!("read {}", inert(&path.to_string_lossy()));
        Some(unreadable(key, SourceError::LinkNotFollowed { what }))
    }
}

fn unreadable(key: Vec<u8>, error: SourceError) -> Entry {
    Entry::Unreadable {
        key: Key::new(key),
        error,
    }
}

/// A file as the listing shows it.
fn meta(key: &[u8], facts: &Metadata) -> ObjectMeta {
    let modified = facts
        .modified()
        .ok()
        .and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    ObjectMeta {
        key: Key::new(key),
        size: facts.len(),
        etag: Some(stamp(facts).into()),
        version: None,
        modified: modified.and_then(|age| i64::try_from(age.as_secs()).ok()),
        class: None,
        tier: Tier::Online,
    }
}
