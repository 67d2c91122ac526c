//! `ListObjectsV2` and `ListBuckets`, page by page.

use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};

use super::super::http::{Call, unavailable};
use super::super::read::bare_etag;
use super::super::xml::Node;
use super::super::{Entry, ObjectMeta, SourceError, Tier, class, key};
use super::client::{Client, LIST_BUCKETS, LIST_OBJECTS, is_region};
use crate::model::id::{Key, Provider};

/// One page of a listing.
struct Page<T> {
    items: Vec<T>,
    next: Option<String>,
}

/// Every object whose key begins with `prefix`.
pub(super) fn objects<'a>(
    client: &'a Client,
    bucket: &'a str,
    prefix: &[u8],
) -> BoxStream<'a, Result<Entry, SourceError>> {
    let prefix = prefix.to_vec();
    stream::try_unfold(Some(None), move |next: Option<Option<String>>| {
        let prefix = prefix.clone();
        async move {
            let Some(token) = next else {
                return Ok(None);
            };
            let page = objects_page(client, bucket, &prefix, token.as_deref()).await?;
            let next = following(page.next, token, bucket)?;
            let entries = page.items.into_iter().map(|object| Ok(Entry::Object(object)));
            Ok(Some((stream::iter(entries), next)))
        }
    })
    .try_flatten()
    .boxed()
}

/// The state after a page: none at the end; an error where the server would have us go round in circles.
fn following(
    next: Option<String>,
    current: Option<String>,
    bucket: &str,
) -> Result<Option<Option<String>>, SourceError> {
    match next {
        None => Ok(None),
        Some(next) if Some(&next) == current.as_ref() => Err(unavailable(
            &format!("list s3://{bucket}"),
            "the listing repeats itself",
        )),
        Some(next) => Ok(Some(Some(next))),
    }
}

async fn objects_page(
    client: &Client,
    bucket: &str,
    prefix: &[u8],
    token: Option<&str>,
) -> Result<Page<ObjectMeta>, SourceError> {
    let mut path = "/?list-type=2&encoding-type=url&max-keys=1000".to_owned();
    if !prefix.is_empty() {
        path.push_str(&format!("&prefix={}", key::segment(prefix)));
    }
    if let Some(token) = token {
        path.push_str(&format!("&continuation-token={}", key::segment(token.as_bytes())));
    }
    let what = format!("list s3://{bucket}");
    let reply = client
        .bucket(bucket, Call::get(path, &what), LIST_OBJECTS)
        .await?;
    let body = reply.document().await?;
    parse_objects(&body, prefix).ok_or_else(|| unavailable(&what, "the reply is not the listing asked for"))
}

/// A `ListBucketResult`; `None` when it is anything else or lists keys that do not begin with the prefix.
fn parse_objects(body: &[u8], prefix: &[u8]) -> Option<Page<ObjectMeta>> {
    let root = Node::document(body, "ListBucketResult")?;
    let encoded = root.value("EncodingType") == Some("url");
    let items: Vec<_> = root
        .all("Contents")
        .map(|node| object(node, encoded))
        .collect::<Option<_>>()?;
    let next = match root.value("IsTruncated") {
        Some("true") => Some(root.value("NextContinuationToken")?.to_owned()),
        _ => None,
    };
    let asked = items
        .iter()
        .all(|object| object.key.as_bytes().starts_with(prefix));
    asked.then_some(Page { items, next })
}

fn object(node: &Node, encoded: bool) -> Option<ObjectMeta> {
    let text = node.child("Key")?.text.as_str();
    let key = if encoded {
        key::decode_form(text)
    } else {
        text.as_bytes().to_vec()
    };
    let class = node.value("StorageClass");
    Some(ObjectMeta {
        key: Key::new(key),
        size: node.value("Size")?.trim().parse().ok()?,
        etag: node.value("ETag").map(|etag| bare_etag(etag.trim()).into()),
        version: None,
        modified: node.value("LastModified").and_then(seconds),
        class: class.map(Into::into),
        tier: class.map_or(Tier::Online, |class| class::tier(Provider::Aws, class)),
    })
}

/// An ISO 8601 time as seconds since 1970.
fn seconds(time: &str) -> Option<i64> {
    Some(time.trim().parse::<jiff::Timestamp>().ok()?.as_second())
}

/// The names of all buckets that the credentials can list, sorted; their regions, where told, are remembered.
pub(super) async fn buckets(client: &Client) -> Result<Vec<String>, SourceError> {
    let what = "list the buckets of the account";
    let mut names = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let path = match &token {
            None => "/?max-buckets=1000".to_owned(),
            Some(token) => {
                format!(
                    "/?max-buckets=1000&continuation-token={}",
                    key::segment(token.as_bytes())
                )
            }
        };
        let answer = client.service(&path, what, LIST_BUCKETS).await?;
        let page = parse_buckets(&answer.body)
            .ok_or_else(|| unavailable(what, "the reply is not the listing asked for"))?;
        for (name, region) in page.items {
            if let Some(region) = region {
                client.learn_region(&name, &region);
            }
            names.push(name);
        }
        if page.next.is_none() || page.next == token {
            break;
        }
        token = page.next;
    }
    names.sort_unstable();
    names.dedup();
    Ok(names)
}

fn parse_buckets(body: &[u8]) -> Option<Page<(String, Option<String>)>> {
    let root = Node::document(body, "ListAllMyBucketsResult")?;
    let items = root.child("Buckets").map_or_else(Vec::new, |buckets| {
        let named = |bucket: &Node| {
            let region = bucket.value("BucketRegion").filter(|region| is_region(region));
            Some((bucket.value("Name")?.to_owned(), region.map(str::to_owned)))
        };
        buckets.all("Bucket").filter_map(named).collect()
    });
    Some(Page {
        items,
        next: root.value("ContinuationToken").map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_out_as_the_bytes_that_were_put_in() {
        let body = b"<?xml version=\"1.0\"?><ListBucketResult><EncodingType>url</EncodingType>\
            <IsTruncated>true</IsTruncated><NextContinuationToken>t/+=</NextContinuationToken>\
            <Contents><Key>a%0A%01+b%2Bc%252F</Key><Size>3</Size><ETag>&quot;e&quot;</ETag>\
            <LastModified>2024-02-03T04:05:06.000Z</LastModified><StorageClass>GLACIER</StorageClass></Contents>\
            <Contents><Key>a/%2E%2E/y</Key><Size>0</Size></Contents></ListBucketResult>";
        let page = parse_objects(body, b"a").unwrap();
        assert_eq!(page.next.as_deref(), Some("t/+="));
        assert_eq!(page.items[0].key.as_bytes(), b"a\n\x01 b+c%2F");
        assert_eq!(page.items[0].etag.as_deref(), Some("e"));
        assert_eq!(page.items[0].modified, Some(1_706_933_106));
        assert_eq!(page.items[0].tier, Tier::Archived);
        assert_eq!(page.items[1].key.as_bytes(), b"a/../y");
    }

    #[test]
    fn a_server_that_does_not_encode_is_taken_at_its_word() {
        let body =
            b"<ListBucketResult><Contents><Key> a+%2F </Key><Size>1</Size></Contents></ListBucketResult>";
        assert_eq!(
            parse_objects(body, b"").unwrap().items[0].key.as_bytes(),
            b" a+%2F "
        );
    }

    #[test]
    fn a_reply_that_was_not_asked_for_is_refused() {
        assert!(parse_objects(b"<Error><Code>x</Code></Error>", b"").is_none());
        let other = b"<ListBucketResult><Contents><Key>b</Key><Size>1</Size></Contents></ListBucketResult>";
        assert!(parse_objects(other, b"a").is_none());
        let lost = b"<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>";
        assert!(parse_objects(lost, b"").is_none());
        assert!(following(Some("t".to_owned()), Some("t".to_owned()), "b").is_err());
    }

    #[test]
    fn buckets_bring_their_regions() {
        let body =
            b"<ListAllMyBucketsResult><Buckets><Bucket><Name>b</Name><BucketRegion>eu-west-1</BucketRegion>\
            </Bucket><Bucket><Name>a</Name></Bucket></Buckets><ContinuationToken>n</ContinuationToken>\
            </ListAllMyBucketsResult>";
        let page = parse_buckets(body).unwrap();
        assert_eq!(page.items[0], ("b".to_owned(), Some("eu-west-1".to_owned())));
        assert_eq!(page.next.as_deref(), Some("n"));
    }
}
