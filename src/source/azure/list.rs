//! `List Blobs` and `List Containers`, page by page.

use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};

use super::super::http::unavailable;
use super::super::read::bare_etag;
use super::super::xml::Node;
use super::super::{Entry, ObjectMeta, SourceError, Tier, class, key};
use super::client::{Client, LIST_BLOBS, LIST_CONTAINERS};
use crate::model::id::{Key, Provider};
use crate::model::privilege::Call as Privilege;

const NOT_A_LISTING: &str = "the reply is not the listing asked for";

/// Every blob whose name begins with `prefix`; no snapshots, no deleted ones.
pub(super) fn objects<'a>(
    client: &'a Client,
    container: &'a str,
    prefix: &[u8],
) -> BoxStream<'a, Result<Entry, SourceError>> {
    let prefix = prefix.to_vec();
    stream::try_unfold(Some(String::new()), move |marker: Option<String>| {
        let prefix = prefix.clone();
        async move {
            let Some(marker) = marker else {
                return Ok(None);
            };
            let (blobs, next) = page(client, container, &prefix, &marker).await?;
            let entries = blobs.into_iter().map(|blob| Ok(Entry::Object(blob)));
            Ok(Some((stream::iter(entries), next)))
        }
    })
    .try_flatten()
    .boxed()
}

async fn page(
    client: &Client,
    container: &str,
    prefix: &[u8],
    marker: &str,
) -> Result<(Vec<ObjectMeta>, Option<String>), SourceError> {
    let what = format!("list az://{}/{container}", client.account());
    let mut path = format!("/{container}?restype=container&comp=list&maxresults=5000");
    if !prefix.is_empty() {
        path.push_str(&format!("&prefix={}", key::segment(prefix)));
    }
    let body = document(client, path, marker, &what, LIST_BLOBS).await?;
    let (blobs, next) = parse(&body, prefix).ok_or_else(|| unavailable(&what, NOT_A_LISTING))?;
    if next.as_deref() == Some(marker) {
        return Err(unavailable(&what, "the listing repeats itself"));
    }
    Ok((blobs, next))
}

async fn document(
    client: &Client,
    mut path: String,
    marker: &str,
    what: &str,
    need: &'static Privilege,
) -> Result<bytes::Bytes, SourceError> {
    if !marker.is_empty() {
        path.push_str(&format!("&marker={}", key::segment(marker.as_bytes())));
    }
    client.document(&path, what, need).await
}

/// A page of blobs; `None` when it is anything else or lists names that do not begin with the prefix.
fn parse(body: &[u8], prefix: &[u8]) -> Option<(Vec<ObjectMeta>, Option<String>)> {
    let root = Node::document(body, "EnumerationResults")?;
    let blobs: Vec<_> = root
        .child("Blobs")?
        .all("Blob")
        .filter(|blob| !is_folder(blob))
        .map(object)
        .collect::<Option<_>>()?;
    let asked = blobs.iter().all(|blob| blob.key.as_bytes().starts_with(prefix));
    asked.then(|| (blobs, root.value("NextMarker").map(str::to_owned)))
}

/// Accounts with a hierarchical namespace list their folders too.
fn is_folder(blob: &Node) -> bool {
    let kind = blob
        .child("Properties")
        .and_then(|properties| properties.value("ResourceType"));
    kind == Some("directory")
}

fn object(blob: &Node) -> Option<ObjectMeta> {
    let name = blob.child("Name")?;
    let key = match name.attribute("Encoded") {
        Some("true") => key::decode(&name.text),
        _ => name.text.as_bytes().to_vec(),
    };
    let properties = blob.child("Properties")?;
    let class = properties.value("AccessTier");
    Some(ObjectMeta {
        key: Key::new(key),
        size: properties.value("Content-Length")?.trim().parse().ok()?,
        etag: properties.value("Etag").map(|etag| bare_etag(etag.trim()).into()),
        version: None,
        modified: properties.value("Last-Modified").and_then(seconds),
        class: class.map(Into::into),
        tier: class.map_or(Tier::Online, |class| class::tier(Provider::Azure, class)),
    })
}

/// An HTTP date as seconds since 1970.
fn seconds(date: &str) -> Option<i64> {
    Some(
        jiff::fmt::rfc2822::parse(date.trim())
            .ok()?
            .timestamp()
            .as_second(),
    )
}

/// The names of the account's containers, sorted.
pub(super) async fn containers(client: &Client) -> Result<Vec<String>, SourceError> {
    let what = format!("list the containers of az://{}", client.account());
    let (mut names, mut marker) = (Vec::new(), String::new());
    loop {
        let path = "/?comp=list&maxresults=5000".to_owned();
        let body = document(client, path, &marker, &what, LIST_CONTAINERS).await?;
        let (page, next) = parse_containers(&body).ok_or_else(|| unavailable(&what, NOT_A_LISTING))?;
        names.extend(page);
        match next.filter(|next| *next != marker) {
            Some(next) => marker = next,
            None => break,
        }
    }
    names.sort_unstable();
    Ok(names)
}

fn parse_containers(body: &[u8]) -> Option<(Vec<String>, Option<String>)> {
    let root = Node::document(body, "EnumerationResults")?;
    let containers = root.child("Containers")?.all("Container");
    let names = containers
        .filter_map(|container| container.value("Name").map(str::to_owned))
        .collect();
    Some((names, root.value("NextMarker").map(str::to_owned)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_their_spaces_and_encoded_ones_are_decoded() {
        let body = b"\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults><Blobs>\
            <Blob><Name> a&amp;b </Name><Properties><Last-Modified>Sat, 03 Feb 2024 04:05:06 GMT</Last-Modified>\
            <Etag>0x8D</Etag><Content-Length>7</Content-Length><AccessTier>Archive</AccessTier></Properties></Blob>\
            <Blob><Name Encoded=\"true\"> a%01%25</Name><Properties><Content-Length>1</Content-Length></Properties></Blob>\
            <Blob><Name> d</Name><Properties><ResourceType>directory</ResourceType></Properties></Blob>\
            </Blobs><NextMarker>m</NextMarker></EnumerationResults>";
        let (blobs, next) = parse(body, b" a").unwrap();
        assert_eq!(next.as_deref(), Some("m"));
        assert_eq!(blobs.len(), 2);
        assert_eq!(blobs[0].key.as_bytes(), b" a&b ");
        assert_eq!(
            (blobs[0].etag.as_deref(), blobs[0].tier),
            (Some("0x8D"), Tier::Archived)
        );
        assert_eq!(blobs[0].modified, Some(1_706_933_106));
        assert_eq!(blobs[1].key.as_bytes(), b" a\x01%");
    }

    #[test]
    fn a_reply_that_was_not_asked_for_is_refused() {
        assert!(parse(b"<EnumerationResults><Containers/></EnumerationResults>", b"").is_none());
        assert!(parse_containers(b"<EnumerationResults><Blobs/></EnumerationResults>").is_none());
        let other =
            b"<EnumerationResults><Blobs><Blob><Name>b</Name><Properties><Content-Length>1</Content-Length>\
            </Properties></Blob></Blobs><NextMarker/></EnumerationResults>";
        assert!(parse(other, b"a").is_none());
        assert_eq!(parse(other, b"b").unwrap().1, None);
    }
}
