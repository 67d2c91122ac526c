//! Reading an object of any cloud: merged ranges, resumed streams, and the check that a reply is the one asked for.

use std::ops::Range;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use http::StatusCode;
use http::header::{CONTENT_LENGTH, CONTENT_RANGE, HeaderMap};

use super::http::{Body, unavailable};
use super::{ObjectMeta, SourceError};

/// Ranges closer than this are read as one: a request costs more than these bytes.
const GAP: u64 = 64 << 10;
/// Requests in flight for one `read`.
const PARALLEL: usize = 8;
/// Attempts in a row that bring not one byte.
const BARREN: u32 = 5;

/// Opens bytes of an object, checked to be those of the listed object.
pub(super) trait Fetch: Send + Sync {
    /// The bytes of a non-empty range within the listed size, from its start on. The body may break or end early; it
    /// never holds anything else.
    fn fetch<'a>(
        &'a self,
        object: &'a ObjectMeta,
        range: Range<u64>,
    ) -> BoxFuture<'a, Result<Body, SourceError>>;

    /// The call and its target, for errors.
    fn what(&self, object: &ObjectMeta) -> String;

    /// The wait before a broken body is opened again, doubled with every attempt that brings nothing.
    fn pause(&self) -> Duration {
        Duration::from_millis(100)
    }
}

/// The bytes of each range, in order.
pub(super) async fn ranges(
    fetch: &dyn Fetch,
    object: &ObjectMeta,
    wanted: &[Range<u64>],
) -> Result<Vec<Bytes>, SourceError> {
    if wanted
        .iter()
        .any(|range| range.start > range.end || range.end > object.size)
    {
        return Err(SourceError::Changed {
            what: fetch.what(object),
        });
    }
    let merged = merge(wanted);
    let read: Vec<(u64, Bytes)> = stream::iter(merged.into_iter().map(|range| async move {
        let start = range.start;
        collect(fetch, object, range).await.map(|bytes| (start, bytes))
    }))
    .buffered(PARALLEL)
    .try_collect()
    .await?;
    Ok(wanted.iter().map(|range| cut(&read, range)).collect())
}

/// The object from `from` to its end.
pub(super) fn to_end<'a>(
    fetch: &'a dyn Fetch,
    object: &'a ObjectMeta,
    from: u64,
) -> BoxStream<'a, Result<Bytes, SourceError>> {
    pieces(fetch, object, from.min(object.size)..object.size)
}

/// The fewest ranges that cover these, close neighbours joined; empty ones dropped.
fn merge(wanted: &[Range<u64>]) -> Vec<Range<u64>> {
    let mut sorted: Vec<_> = wanted.iter().filter(|range| !range.is_empty()).cloned().collect();
    sorted.sort_by_key(|range| (range.start, range.end));
    let mut merged: Vec<Range<u64>> = Vec::with_capacity(sorted.len());
    for range in sorted {
        match merged.last_mut() {
            Some(last) if range.start <= last.end.saturating_add(GAP) => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}

/// The part of the merged reads that is this range.
fn cut(read: &[(u64, Bytes)], range: &Range<u64>) -> Bytes {
    if range.is_empty() {
        return Bytes::new();
    }
    let at = read.partition_point(|(start, _)| *start <= range.start) - 1;
    let (start, bytes) = &read[at];
    bytes.slice((range.start - start) as usize..(range.end - start) as usize)
}

/// One range as one piece of memory.
async fn collect(fetch: &dyn Fetch, object: &ObjectMeta, range: Range<u64>) -> Result<Bytes, SourceError> {
    let length = (range.end - range.start) as usize;
    let mut pieces = pieces(fetch, object, range);
    let first = pieces.try_next().await?.unwrap_or_default();
    if first.len() == length {
        return Ok(first);
    }
    let mut all = BytesMut::with_capacity(length);
    all.extend_from_slice(&first);
    while let Some(piece) = pieces.try_next().await? {
        all.extend_from_slice(&piece);
    }
    Ok(all.freeze())
}

/// Where a resumed read stands.
struct Progress {
    at: u64,
    end: u64,
    body: Option<Body>,
    barren: u32,
}

/// Exactly the bytes of the range; a body that breaks or ends early is opened again where it stopped.
fn pieces<'a>(
    fetch: &'a dyn Fetch,
    object: &'a ObjectMeta,
    range: Range<u64>,
) -> BoxStream<'a, Result<Bytes, SourceError>> {
    let progress = Progress {
        at: range.start,
        end: range.end,
        body: None,
        barren: 0,
    };
    stream::try_unfold(progress, move |mut progress| async move {
        let piece = next(fetch, object, &mut progress).await?;
        Ok(piece.map(|piece| (piece, progress)))
    })
    .boxed()
}

async fn next(
    fetch: &dyn Fetch,
    object: &ObjectMeta,
    progress: &mut Progress,
) -> Result<Option<Bytes>, SourceError> {
    while progress.at < progress.end {
        if progress.body.is_none() {
            progress.body = Some(fetch.fetch(object, progress.at..progress.end).await?);
        }
        let got = match &mut progress.body {
            Some(body) => body.try_next().await,
            None => Ok(None),
        };
        let why = match got {
            Ok(Some(piece)) if piece.is_empty() => continue,
            Ok(Some(mut piece)) => {
                piece.truncate(usize::try_from(progress.end - progress.at).unwrap_or(usize::MAX));
                progress.at += piece.len() as u64;
                progress.barren = 0;
                return Ok(Some(piece));
            }
            Ok(None) => "the reply ended early".to_owned(),
            Err(SourceError::Unavailable { why, .. }) => why,
            Err(error) => return Err(error),
        };
        progress.body = None;
        progress.barren += 1;
        if progress.barren >= BARREN {
            return Err(unavailable(&fetch.what(object), why));
        }
        tokio::time::sleep(fetch.pause() * (1 << progress.barren)).await;
    }
    Ok(None)
}

/// Whether a successful reply's headers are those of the bytes asked for: gives the number of leading bytes to drop
/// (a server may answer a range with the whole object).
pub(super) fn check(
    status: StatusCode,
    headers: &HeaderMap,
    range: &Range<u64>,
    object: &ObjectMeta,
    what: &str,
) -> Result<u64, SourceError> {
    let changed = || SourceError::Changed {
        what: what.to_owned(),
    };
    match status {
        StatusCode::PARTIAL_CONTENT => {
            let (got, total) = content_range(headers).ok_or_else(|| strange(what))?;
            if total.is_some_and(|total| total != object.size) {
                return Err(changed());
            }
            if got.start != range.start || got.end > range.end {
                return Err(strange(what));
            }
            Ok(0)
        }
        StatusCode::OK => match header_number(headers, CONTENT_LENGTH.as_str()) {
            Some(length) if length != object.size => Err(changed()),
            _ => Ok(range.start),
        },
        _ => Err(strange(what)),
    }
}

/// Drops the first `count` bytes of a body.
pub(super) fn drop_first(body: Body, count: u64) -> Body {
    if count == 0 {
        return body;
    }
    stream::try_unfold((body, count), |(mut body, mut left)| async move {
        while let Some(mut piece) = body.try_next().await? {
            let dropped = left.min(piece.len() as u64);
            left -= dropped;
            let rest = piece.split_off(dropped as usize);
            if !rest.is_empty() {
                return Ok(Some((rest, (body, left))));
            }
        }
        Ok(None)
    })
    .boxed()
}

/// An ETag without weakness mark and quotes, as listings and headers write it differently.
pub(super) fn bare_etag(etag: &str) -> &str {
    etag.trim_start_matches("W/").trim_matches('"')
}

/// An ETag as `If-Match` wants it.
pub(super) fn quoted_etag(etag: &str) -> String {
    format!("\"{etag}\"")
}

/// A header's number.
fn header_number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.parse().ok()
}

/// `bytes FIRST-LAST/TOTAL`; the total may be `*`.
fn content_range(headers: &HeaderMap) -> Option<(Range<u64>, Option<u64>)> {
    let text = headers
        .get(CONTENT_RANGE)?
        .to_str()
        .ok()?
        .strip_prefix("bytes ")?;
    let (range, total) = text.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let first: u64 = first.parse().ok()?;
    let last: u64 = last.parse().ok()?;
    let total = if total == "*" {
        None
    } else {
        Some(total.parse().ok()?)
    };
    (first <= last).then_some((first..last.checked_add(1)?, total))
}

fn strange(what: &str) -> SourceError {
    unavailable(what, "the reply is not the range asked for")
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use proptest::prelude::*;

    use super::*;
    use crate::model::id::Key;
    use crate::source::Tier;

    /// Serves bytes in pieces and breaks after a given number of them.
    struct Flaky {
        data: Vec<u8>,
        breaks: Mutex<Vec<usize>>,
    }

    impl Fetch for Flaky {
        fn fetch<'a>(
            &'a self,
            _: &'a ObjectMeta,
            range: Range<u64>,
        ) -> BoxFuture<'a, Result<Body, SourceError>> {
            let data = Bytes::copy_from_slice(&self.data[range.start as usize..range.end as usize]);
            let stop = self.breaks.lock().unwrap().pop();
            Box::pin(async move {
                let mut sent = vec![Ok(data.slice(..stop.unwrap_or(data.len()).min(data.len())))];
                sent.extend(stop.map(|_| Err(unavailable("t", "broke"))));
                Ok(stream::iter(sent).boxed())
            })
        }

        fn what(&self, _: &ObjectMeta) -> String {
            "read t".to_owned()
        }

        fn pause(&self) -> Duration {
            Duration::ZERO
        }
    }

    fn object(size: u64) -> ObjectMeta {
        ObjectMeta {
            key: Key::new("k"),
            size,
            etag: None,
            version: None,
            modified: None,
            class: None,
            tier: Tier::Online,
        }
    }

    fn headers(range: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_RANGE, range.parse().unwrap());
        headers
    }

    #[test]
    fn close_ranges_are_one_request_and_empty_ones_none() {
        let one = merge(&[10..20, 0..5, 7..7]);
        assert_eq!((one.len(), one[0].clone()), (1, 0..20));
        assert_eq!(merge(&[0..1, 1_000_000..1_000_001]), [0..1, 1_000_000..1_000_001]);
    }

    #[test]
    fn a_reply_for_other_bytes_is_refused() {
        let object = object(100);
        let check = |range| {
            check(
                StatusCode::PARTIAL_CONTENT,
                &headers(range),
                &(10..20),
                &object,
                "t",
            )
        };
        assert_eq!(check("bytes 10-19/100").unwrap(), 0);
        assert!(matches!(
            check("bytes 10-19/101"),
            Err(SourceError::Changed { .. })
        ));
        assert!(matches!(
            check("bytes 0-9/100"),
            Err(SourceError::Unavailable { .. })
        ));
        assert!(matches!(
            check("bytes 10-25/100"),
            Err(SourceError::Unavailable { .. })
        ));
        assert!(matches!(check("items 1"), Err(SourceError::Unavailable { .. })));
    }

    #[tokio::test]
    async fn a_whole_reply_to_a_range_is_cut_to_it() {
        let skip = check(StatusCode::OK, &HeaderMap::new(), &(3..5), &object(6), "t").unwrap();
        let body = stream::iter(["ab", "cd", "ef"].map(|piece| Ok(Bytes::from(piece)))).boxed();
        let rest: Vec<Bytes> = drop_first(body, skip).try_collect().await.unwrap();
        assert_eq!(rest.concat(), b"def");
    }

    #[tokio::test]
    async fn a_read_that_never_brings_a_byte_is_given_up() {
        let flaky = Flaky {
            data: vec![1; 10],
            breaks: Mutex::new(vec![0; 10]),
        };
        let error = ranges(&flaky, &object(10), std::slice::from_ref(&(0..10)))
            .await
            .unwrap_err();
        assert_eq!(error.to_string(), "read t: unavailable (broke)");
    }

    #[tokio::test]
    async fn ranges_beyond_the_listed_size_are_refused() {
        let flaky = Flaky {
            data: vec![],
            breaks: Mutex::default(),
        };
        let result = ranges(&flaky, &object(4), std::slice::from_ref(&(0..5))).await;
        assert!(matches!(result, Err(SourceError::Changed { .. })));
    }

    proptest! {
        #[test]
        fn broken_reads_give_the_same_bytes(
            data in proptest::collection::vec(any::<u8>(), 1..300),
            breaks in proptest::collection::vec(1usize..50, 0..6),
            cuts in proptest::collection::vec((0usize..300, 0usize..300), 0..5),
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
            let size = data.len();
            let wanted: Vec<_> = cuts.into_iter().map(|(a, b)| (a.min(b).min(size), a.max(b).min(size)))
                .map(|(a, b)| a as u64..b as u64).collect();
            let flaky = Flaky { data: data.clone(), breaks: Mutex::new(breaks) };
            let object = object(size as u64);
            let read = runtime.block_on(ranges(&flaky, &object, &wanted)).unwrap();
            for (range, bytes) in wanted.iter().zip(&read) {
                prop_assert_eq!(&data[range.start as usize..range.end as usize], &bytes[..]);
            }
            let all: Vec<Bytes> = runtime.block_on(to_end(&flaky, &object, 0).try_collect()).unwrap();
            prop_assert_eq!(all.concat(), data);
        }
    }
}
