//! Objects and buckets by the JSON API, page by page.

use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use serde::Deserialize;

use super::super::http::unavailable;
use super::super::{Entry, ObjectMeta, SourceError, Tier, class, key};
use super::client::{Client, LIST_BUCKETS, LIST_OBJECTS};
use crate::model::id::{Key, Provider};

const NOT_A_LISTING: &str = "the reply is not the listing asked for";

/// `storage#objects`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Objects {
    kind: Option<String>,
    next_page_token: Option<String>,
    #[serde(default)]
    items: Vec<Object>,
}

/// `storage#object`, as far as it was asked for.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Object {
    name: String,
    #[serde(default)]
    size: String,
    generation: Option<String>,
    updated: Option<String>,
    storage_class: Option<String>,
}

/// `storage#buckets`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Buckets {
    kind: Option<String>,
    next_page_token: Option<String>,
    #[serde(default)]
    items: Vec<Bucket>,
}

/// `storage#bucket`, as far as it was asked for.
#[derive(Deserialize)]
struct Bucket {
    name: String,
}

/// Every object whose key begins with `prefix`.
pub(super) fn objects<'a>(
    client: &'a Client,
    bucket: &'a str,
    prefix: &[u8],
) -> BoxStream<'a, Result<Entry, SourceError>> {
    let prefix = prefix.to_vec();
    stream::try_unfold(Some(String::new()), move |token: Option<String>| {
        let prefix = prefix.clone();
        async move {
            let Some(token) = token else {
                return Ok(None);
            };
            let (objects, next) = page(client, bucket, &prefix, &token).await?;
            let entries = objects.into_iter().map(|object| Ok(Entry::Object(object)));
            Ok(Some((stream::iter(entries), next)))
        }
    })
    .try_flatten()
    .boxed()
}

async fn page(
    client: &Client,
    bucket: &str,
    prefix: &[u8],
    token: &str,
) -> Result<(Vec<ObjectMeta>, Option<String>), SourceError> {
    let what = format!("list gs://{bucket}");
    let mut path = format!(
        "/storage/v1/b/{bucket}/o?maxResults=1000&projection=noAcl\
         &fields=kind,nextPageToken,items(name,size,generation,updated,storageClass)"
    );
    if !prefix.is_empty() {
        path.push_str(&format!("&prefix={}", key::segment(prefix)));
    }
    if !token.is_empty() {
        path.push_str(&format!("&pageToken={}", key::segment(token.as_bytes())));
    }
    let answer = client.document(&path, &what, LIST_OBJECTS).await?;
    let (objects, next) = parse(&answer.body, prefix).ok_or_else(|| unavailable(&what, NOT_A_LISTING))?;
    if next.as_deref() == Some(token) {
        return Err(unavailable(&what, "the listing repeats itself"));
    }
    Ok((objects, next))
}

/// A page; `None` when it is anything else or lists keys that do not begin with the prefix.
fn parse(body: &[u8], prefix: &[u8]) -> Option<(Vec<ObjectMeta>, Option<String>)> {
    let page: Objects = serde_json::from_slice(body).ok()?;
    if page.kind.as_deref() != Some("storage#objects") {
        return None;
    }
    let objects: Vec<_> = page.items.into_iter().map(object).collect::<Option<_>>()?;
    let asked = objects
        .iter()
        .all(|object| object.key.as_bytes().starts_with(prefix));
    asked.then_some((objects, page.next_page_token.filter(|token| !token.is_empty())))
}

fn object(object: Object) -> Option<ObjectMeta> {
    let digits = |text: &String| text.bytes().all(|b| b.is_ascii_digit());
    let class = object.storage_class;
    Some(ObjectMeta {
        key: Key::new(object.name),
        size: if object.size.is_empty() {
            0
        } else {
            object.size.parse().ok()?
        },
        etag: object.generation.filter(digits).map(Into::into),
        version: None,
        modified: object
            .updated
            .and_then(|time| Some(time.parse::<jiff::Timestamp>().ok()?.as_second())),
        tier: class
            .as_deref()
            .map_or(Tier::Online, |class| class::tier(Provider::Gcp, class)),
        class: class.map(Into::into),
    })
}

/// The names of a project's buckets, sorted.
pub(super) async fn buckets(client: &Client, project: &str) -> Result<Vec<String>, SourceError> {
    let what = "list the buckets of the project";
    let project = key::segment(project.as_bytes());
    let (mut names, mut token) = (Vec::new(), String::new());
    loop {
        let path = format!(
            "/storage/v1/b?project={project}&maxResults=1000&fields=kind,nextPageToken,items(name)&pageToken={token}"
        );
        let path = path.strip_suffix("&pageToken=").unwrap_or(&path);
        let answer = client.document(path, what, LIST_BUCKETS).await?;
        let page: Buckets = serde_json::from_slice(&answer.body)
            .ok()
            .filter(|page: &Buckets| page.kind.as_deref() == Some("storage#buckets"))
            .ok_or_else(|| unavailable(what, NOT_A_LISTING))?;
        names.extend(page.items.into_iter().map(|bucket| bucket.name));
        let next = page.next_page_token.map(|token| key::segment(token.as_bytes()));
        match next.filter(|next| !next.is_empty() && *next != token) {
            Some(next) => token = next,
            None => break,
        }
    }
    names.sort_unstable();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generation_is_what_identifies_content() {
        let body = br#"{"kind":"storage#objects","nextPageToken":"n","items":[{"name":"a//b\u00e9","size":"12",
            "generation":"17","updated":"2024-02-03T04:05:06.789Z","storageClass":"COLDLINE"},{"name":"a"}]}"#;
        let (objects, next) = parse(body, b"a").unwrap();
        assert_eq!(next.as_deref(), Some("n"));
        assert_eq!(objects[0].key.as_bytes(), "a//b\u{e9}".as_bytes());
        assert_eq!((objects[0].size, objects[0].etag.as_deref()), (12, Some("17")));
        assert_eq!(
            (objects[0].modified, objects[0].tier),
            (Some(1_706_933_106), Tier::Fee)
        );
        assert_eq!((objects[1].size, objects[1].tier), (0, Tier::Online));
    }

    #[test]
    fn a_reply_that_was_not_asked_for_is_refused() {
        assert!(parse(b"{\"error\":{\"code\":403}}", b"").is_none());
        assert!(parse(b"<html>", b"").is_none());
        assert!(parse(br#"{"kind":"storage#buckets","items":[{"name":"b"}]}"#, b"").is_none());
        assert!(parse(br#"{"kind":"storage#objects","items":[{"name":"b"}]}"#, b"a").is_none());
        assert!(
            parse(br#"{"kind":"storage#objects"}"#, b"a")
                .unwrap()
                .0
                .is_empty()
        );
    }
}
