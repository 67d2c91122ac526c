//! Reading files by position, never by memory map: another process may cut the file short at any time.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use futures::stream::{self, Stream};

use super::{ObjectMeta, SourceError, io_error, path_of, stamp};

/// Bytes per piece of a stream.
const PIECE: u64 = 1 << 20;

/// The bytes of each range.
pub(super) async fn ranges(
    root: Arc<PathBuf>,
    object: &ObjectMeta,
    wanted: &[Range<u64>],
    what: String,
) -> Result<Vec<Bytes>, SourceError> {
    let (object, wanted) = (object.clone(), wanted.to_vec());
    blocking(what, move |what| {
        let mut file = Listed::open(&root, &object, what)?;
        let read = wanted
            .iter()
            .map(|range| file.range(range))
            .collect::<Result<_, _>>()?;
        file.check()?;
        Ok(read)
    })
    .await
}

/// The file from `from` to the end that the listing gave.
pub(super) fn stream(
    root: Arc<PathBuf>,
    object: &ObjectMeta,
    from: u64,
    what: String,
) -> impl Stream<Item = Result<Bytes, SourceError>> + Send {
    let start = Reading {
        root,
        object: object.clone(),
        what,
        at: from,
        file: None,
    };
    stream::try_unfold(start, |reading| async move {
        let what = reading.what.clone();
        blocking(what, move |_| reading.piece()).await
    })
}

/// Runs file work on a blocking thread.
async fn blocking<T: Send + 'static>(
    what: String,
    work: impl FnOnce(String) -> Result<T, SourceError> + Send + 'static,
) -> Result<T, SourceError> {
    let lost = SourceError::Unavailable {
        what: what.clone(),
        why: "interrupted".to_owned(),
    };
    tokio::task::spawn_blocking(move || work(what))
        .await
        .map_err(|_| lost)?
}

/// A stream's state.
struct Reading {
    root: Arc<PathBuf>,
    object: ObjectMeta,
    what: String,
    at: u64,
    file: Option<Listed>,
}

impl Reading {
    fn piece(mut self) -> Result<Option<(Bytes, Self)>, SourceError> {
        let mut file = match self.file.take() {
            Some(file) => file,
            None => Listed::open(&self.root, &self.object, self.what.clone())?,
        };
        let end = self.object.size.min(self.at.saturating_add(PIECE));
        if self.at >= end {
            return Ok(None);
        }
        let piece = file.range(&(self.at..end))?;
        if end == self.object.size {
            file.check()?;
        }
        self.at = end;
        self.file = Some(file);
        Ok(Some((piece, self)))
    }
}

/// An open file that is the listed one.
struct Listed {
    file: File,
    etag: Option<Arc<str>>,
    size: u64,
    what: String,
}

impl Listed {
    fn open(root: &Path, object: &ObjectMeta, what: String) -> Result<Self, SourceError> {
        let path = path_of(object.key.as_bytes());
        if !is_below(path, object.key.as_bytes()) {
            return Err(SourceError::KeyNotAddressable { what });
        }
        let path = root.join(path);
        // A pipe would block the open; only what is a file now is opened, and the stamp settles what it was.
        match std::fs::symlink_metadata(&path) {
            Ok(facts) if !facts.is_file() => return Err(SourceError::Changed { what }),
            Err(error) => return Err(io_error(what, &error)),
            Ok(_) => {}
        }
        let listed = Self {
            file: File::open(&path).map_err(|error| io_error(what.clone(), &error))?,
            etag: object.etag.clone(),
            size: object.size,
            what,
        };
        listed.check()?;
        Ok(listed)
    }

    /// Whether the open file is still as listed.
    fn check(&self) -> Result<(), SourceError> {
        let facts = self.file.metadata().map_err(|error| self.fail(&error))?;
        if self.etag.as_deref().is_some_and(|listed| listed != stamp(&facts)) || facts.len() != self.size {
            return Err(SourceError::Changed {
                what: self.what.clone(),
            });
        }
        Ok(())
    }

    /// Exactly these bytes.
    fn range(&mut self, range: &Range<u64>) -> Result<Bytes, SourceError> {
        if range.start > range.end || range.end > self.size {
            return Err(SourceError::Changed {
                what: self.what.clone(),
            });
        }
        self.exactly(range)
            .map(Bytes::from)
            .map_err(|error| self.fail(&error))
    }

    fn exactly(&mut self, range: &Range<u64>) -> io::Result<Vec<u8>> {
        let length = range.end - range.start;
        let mut bytes = Vec::with_capacity(length as usize);
        self.file.seek(SeekFrom::Start(range.start))?;
        (&self.file).take(length).read_to_end(&mut bytes)?;
        if (bytes.len() as u64) < length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(bytes)
    }

    fn fail(&self, error: &io::Error) -> SourceError {
        io_error(self.what.clone(), error)
    }
}

/// Whether a key stays below its folder and is spelt the one way its listing spells it.
fn is_below(path: &Path, key: &[u8]) -> bool {
    let normal = path.components().all(|part| matches!(part, Component::Normal(_)));
    let rebuilt: PathBuf = path.components().collect();
    normal && !key.is_empty() && super::bytes_of(rebuilt.as_os_str()) == key
}
