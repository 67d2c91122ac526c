//! Tests against a server that misbehaves on purpose: it fails, breaks off, moves and lies, as the real ones rarely do
//! when asked to.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use futures::{StreamExt, TryStreamExt};

use super::*;
use crate::model::redact::Secret;

const TOKEN: &str = "PLANTED-SESSION-TOKEN";
const SECRET: &str = "PLANTED-SECRET-KEY";

/// A request as it came over the wire.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) method: String,
    pub(super) target: String,
    headers: Vec<(String, String)>,
}

impl Seen {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// First and last byte of `Range`.
    fn range(&self) -> Option<(usize, usize)> {
        let (first, last) = self.header("range")?.strip_prefix("bytes=")?.split_once('-')?;
        Some((first.parse().ok()?, last.parse().ok()?))
    }
}

/// What to send back; `cut` closes the connection after so many bytes of the body.
#[derive(Clone, Default)]
pub(super) struct Sent {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    cut: Option<usize>,
}

impl Sent {
    pub(super) fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            body: body.into(),
            ..Self::default()
        }
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The part of `data` that was asked for, as a well-behaved server sends it.
    fn part(seen: &Seen, data: &[u8], etag: &str) -> Self {
        let (first, last) = seen.range().unwrap();
        Self::new(206, &data[first..=last])
            .with("content-range", format!("bytes {first}-{last}/{}", data.len()))
            .with("etag", format!("\"{etag}\""))
            .with("last-modified", "Sat, 03 Feb 2024 04:05:06 GMT")
    }
}

/// Answers each request with what a function makes of it and of the number of requests before.
pub(super) struct Stub {
    pub(super) endpoint: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Stub {
    pub(super) fn new(reply: impl Fn(usize, &Seen) -> Sent + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (log, reply) = (Arc::clone(&seen), Arc::new(reply));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, reply) = (Arc::clone(&log), Arc::clone(&reply));
                std::thread::spawn(move || serve(stream, &log, &*reply));
            }
        });
        Self { endpoint, seen }
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    fn options(&self) -> Options {
        Options {
            endpoint: Some(self.endpoint.clone()),
            region: Some("us-east-1".to_owned()),
            fixed: Some(Fixed::Aws {
                id: "AKIDEXAMPLE".to_owned(),
                secret: Secret::new(SECRET.to_owned()),
                token: Some(Secret::new(TOKEN.to_owned())),
            }),
            run: "test".to_owned(),
            retries: 3,
            ..Options::default()
        }
    }

    async fn open(&self, location: &str, options: Options) -> Arc<dyn Source> {
        Session::new(options)
            .open(&Location::parse(location).unwrap())
            .await
            .unwrap()
    }

    async fn bucket(&self) -> Arc<dyn Source> {
        self.open("s3://lake", self.options()).await
    }
}

/// Serves one connection until it is closed.
fn serve(stream: TcpStream, log: &Mutex<Vec<Seen>>, reply: &dyn Fn(usize, &Seen) -> Sent) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut writer = stream;
    loop {
        let seen = request(&mut reader)?;
        let before = {
            let mut log = log.lock().unwrap();
            log.push(seen.clone());
            log.len() - 1
        };
        let sent = reply(before, &seen);
        let mut head = format!(
            "HTTP/1.1 {} X\r\ncontent-length: {}\r\n",
            sent.status,
            sent.body.len()
        );
        sent.headers
            .iter()
            .for_each(|(name, value)| head.push_str(&format!("{name}: {value}\r\n")));
        writer.write_all(format!("{head}\r\n").as_bytes()).ok()?;
        if seen.method != "HEAD" {
            writer
                .write_all(&sent.body[..sent.cut.unwrap_or(sent.body.len())])
                .ok()?;
        }
        if sent.cut.is_some() {
            return None;
        }
    }
}

fn request(reader: &mut impl BufRead) -> Option<Seen> {
    let mut lines = reader
        .lines()
        .map_while(Result::ok)
        .take_while(|line| !line.is_empty());
    let first = lines.next()?;
    let mut words = first.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| {
            line.split_once(": ")
                .map(|(k, v)| (k.to_ascii_lowercase(), v.to_owned()))
        })
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length: usize = length.map_or(0, |(_, length)| length.parse().unwrap_or(0));
    reader.read_exact(&mut vec![0; length]).ok()?;
    Some(Seen {
        method,
        target,
        headers,
    })
}

/// A page of 1,000 keys from `first` on.
fn page(first: usize, total: usize) -> Sent {
    let keys: String = (first..first + 1000)
        .map(|n| format!("<Contents><Key>{n:09}</Key><Size>1</Size></Contents>"))
        .collect();
    let next = match first + 1000 < total {
        true => format!(
            "<IsTruncated>true</IsTruncated><NextContinuationToken>{}</NextContinuationToken>",
            first + 1000
        ),
        false => String::new(),
    };
    Sent::new(200, format!("<ListBucketResult>{next}{keys}</ListBucketResult>"))
}

fn listed(seen: &Seen) -> usize {
    let token = seen.target.split_once("continuation-token=");
    token.map_or(0, |(_, token)| token.parse().unwrap())
}

fn object(key: &str, size: usize, etag: &str) -> ObjectMeta {
    ObjectMeta {
        key: Key::new(key),
        size: size as u64,
        etag: Some(etag.into()),
        version: None,
        modified: None,
        class: None,
        tier: Tier::Online,
    }
}

#[tokio::test]
async fn a_listing_asks_for_pages_as_it_is_read() {
    let stub = Stub::new(|_, seen| page(listed(seen), 100_000));
    let bucket = stub.bucket().await;
    let some: Vec<_> = bucket.list(b"").take(1500).try_collect().await.unwrap();
    assert_eq!((some.len(), stub.seen().len()), (1500, 2));
    let all = bucket
        .list(b"")
        .try_fold(0, |count, _| async move { Ok(count + 1) })
        .await
        .unwrap();
    assert_eq!((all, stub.seen().len()), (100_000, 102));
}

#[tokio::test]
async fn a_failed_page_is_tried_again_and_then_ends_the_listing() {
    let stub = Stub::new(|n, seen| match n {
        0 => Sent::new(503, "SlowDown").with("retry-after", "0"),
        2.. => Sent::new(500, "no more"),
        _ => page(listed(seen), 5000),
    });
    let options = Options {
        retries: 1,
        ..stub.options()
    };
    let bucket = stub.open("s3://lake", options).await;
    let lines: Vec<_> = bucket.list(b"").collect().await;
    assert_eq!(lines.len(), 1001);
    let last = lines.last().unwrap().as_ref().unwrap_err();
    assert_eq!(last.to_string(), "list s3://lake: unavailable (HTTP 500)");
}

#[tokio::test]
async fn a_refused_listing_names_the_permission() {
    let stub = Stub::new(|_, _| Sent::new(403, "<Error><Code>AccessDenied</Code></Error>"));
    let bucket = stub.bucket().await;
    let error = bucket.list(b"").try_next().await.unwrap_err();
    assert_eq!(error.missing(), Some("s3:ListBucket"));
    assert_eq!(stub.seen().len(), 1);
}

#[tokio::test]
async fn a_page_that_is_something_else_is_no_listing() {
    let stub = Stub::new(|_, _| Sent::new(200, "<html>welcome</html>"));
    let bucket = stub.bucket().await;
    let error = bucket.list(b"").try_next().await.unwrap_err();
    assert!(matches!(error, SourceError::Unavailable { .. }), "{error}");
}

#[tokio::test]
async fn broken_reads_go_on_where_they_stopped_on_both_routes() {
    let data: Vec<u8> = (0..10_000u32).map(|n| (n % 251) as u8).collect();
    for key in ["ordinary", "odd//key"] {
        let copy = data.clone();
        let stub = Stub::new(move |n, seen| Sent {
            cut: (n < 3).then_some(100),
            ..Sent::part(seen, &copy, "e")
        });
        let bucket = stub.bucket().await;
        let object = object(key, data.len(), "e");
        let pieces: Vec<Bytes> = bucket.stream(&object, 5).try_collect().await.unwrap();
        assert!(pieces.concat() == data[5..], "{key}");
        let seen = stub.seen();
        assert!(
            seen.iter().all(|seen| seen.header("if-match") == Some("\"e\"")),
            "{key}"
        );
        let starts: Vec<_> = seen.iter().map(|seen| seen.range().unwrap().0).collect();
        assert_eq!(starts, [5, 105, 205, 305], "{key}");
    }
}

#[tokio::test]
async fn bytes_of_another_content_are_never_handed_on() {
    for key in ["ordinary", "odd//key"] {
        let stub = Stub::new(|_, seen| Sent::part(seen, b"other", "f"));
        let bucket = stub.bucket().await;
        let object = object(key, 5, "e");
        let read = bucket.read(&object, std::slice::from_ref(&(0..5))).await;
        assert!(matches!(read, Err(SourceError::Changed { .. })), "{key}");
    }
}

#[tokio::test]
async fn an_object_that_grew_is_not_the_listed_one() {
    for key in ["ordinary", "odd//key"] {
        let stub = Stub::new(|_, seen| Sent::part(seen, b"longer now", "e"));
        let bucket = stub.bucket().await;
        let object = object(key, 5, "e");
        let read = bucket.read(&object, std::slice::from_ref(&(0..5))).await;
        assert!(matches!(read, Err(SourceError::Changed { .. })), "{key}");
    }
}

#[tokio::test]
async fn a_server_without_ranges_is_read_all_the_same() {
    for key in ["ordinary", "odd//key"] {
        let stub = Stub::new(|_, _| Sent::new(200, "0123456789").with("etag", "\"e\""));
        let bucket = stub.bucket().await;
        let object = object(key, 10, "e");
        let read = bucket.read(&object, &[2..4, 7..9]).await.unwrap();
        assert_eq!(read, [&b"23"[..], b"78"], "{key}");
    }
}

#[tokio::test]
async fn metadata_that_is_not_ascii_hides_no_object() {
    let stub = Stub::new(|_, seen| Sent::part(seen, b"hello", "e").with("x-amz-meta-name", "Jos\u{e9}"));
    let bucket = stub.bucket().await;
    let object = object("ordinary", 5, "e");
    let read = bucket.read(&object, std::slice::from_ref(&(0..5))).await.unwrap();
    assert_eq!(read, [&b"hello"[..]]);
}

#[tokio::test]
async fn archived_and_customer_encrypted_objects_are_told_apart_from_refused_ones() {
    let reply = |code: &str| format!("<Error><Code>{code}</Code></Error>");
    for (status, code, expected) in [
        (403, "InvalidObjectState", "archived"),
        (403, "AccessDenied", "access denied (needs s3:GetObject)"),
        (
            403,
            "InvalidAccessKeyId",
            "access denied (needs valid credentials, not InvalidAccessKeyId)",
        ),
        (404, "NoSuchKey", "not found"),
        (412, "PreconditionFailed", "changed"),
    ] {
        let body = reply(code);
        let stub = Stub::new(move |_, _| Sent::new(status, body.clone()));
        let bucket = stub.bucket().await;
        let object = object("k", 5, "e");
        let error = bucket
            .read(&object, std::slice::from_ref(&(0..5)))
            .await
            .unwrap_err()
            .to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[tokio::test]
async fn the_true_key_is_on_the_wire() {
    let stub = Stub::new(|_, seen| Sent::part(seen, b"x", "e"));
    let bucket = stub.bucket().await;
    for key in [
        "a//b",
        "x/../y",
        "./z",
        ".",
        "..",
        "dir/",
        "/lead",
        "new\nline",
        "a%2Fb",
        "a b+c",
        "q?x#y",
        "\u{e9}",
    ] {
        let object = object(key, 1, "e");
        bucket.read(&object, std::slice::from_ref(&(0..1))).await.unwrap();
        let target = stub.seen().last().unwrap().target.clone();
        let sent = target
            .strip_prefix("/lake/")
            .unwrap()
            .split('?')
            .next()
            .unwrap()
            .to_owned();
        assert_eq!(key::decode(&sent), key.as_bytes(), "{target}");
    }
}

#[tokio::test]
async fn the_bucket_is_followed_to_its_region() {
    let stub = Stub::new(|_, seen| match seen.header("authorization") {
        Some(signed) if signed.contains("/eu-west-3/s3/") => page(0, 1000),
        _ => Sent::new(400, "<Error><Code>AuthorizationHeaderMalformed</Code></Error>")
            .with("x-amz-bucket-region", "eu-west-3"),
    });
    for region in [None, Some("us-east-1".to_owned())] {
        let options = Options {
            region,
            ..stub.options()
        };
        let bucket = stub.open("s3://lake", options).await;
        assert_eq!(
            bucket.list(b"").try_collect::<Vec<_>>().await.unwrap().len(),
            1000
        );
    }
}

#[tokio::test]
async fn requests_name_the_run_and_anonymous_ones_carry_no_credentials() {
    let stub = Stub::new(|_, _| page(0, 1000));
    for anonymous in [true, false] {
        let options = Options {
            anonymous,
            requester_pays: true,
            ..stub.options()
        };
        let bucket = stub.open("s3://lake", options).await;
        bucket.list(b"").try_next().await.unwrap();
        let seen = stub.seen().pop().unwrap();
        assert_eq!(seen.header("authorization").is_none(), anonymous);
        assert_eq!(seen.header("x-amz-request-payer"), Some("requester"));
        let agent = format!("lakewarden/{} run=test", env!("CARGO_PKG_VERSION"));
        assert_eq!(seen.header("user-agent"), Some(agent.as_str()));
    }
}

#[tokio::test]
async fn generations_and_their_replies_are_compared() {
    let listing = r#"{"kind":"storage#objects","items":[{"name":"a//b","size":"2","generation":"7"}]}"#;
    let stub = Stub::new(move |_, seen| match seen.target.contains("/o?") {
        true => Sent::new(200, listing),
        false => Sent::part(seen, b"hi", "e").with("x-goog-generation", "8"),
    });
    let options = Options {
        fixed: Some(Fixed::Google(Secret::new(TOKEN.to_owned()))),
        ..stub.options()
    };
    let bucket = stub.open("gs://lake", options).await;
    let Some(Entry::Object(object)) = bucket.list(b"").try_next().await.unwrap() else {
        panic!("an object");
    };
    let read = bucket.read(&object, std::slice::from_ref(&(0..2))).await;
    assert!(matches!(read, Err(SourceError::Changed { .. })));
    let asked = stub.seen().pop().unwrap();
    assert!(
        asked.target.contains("/o/a%2F%2Fb?alt=media&ifGenerationMatch=7"),
        "{}",
        asked.target
    );
    assert_eq!(
        asked.header("authorization"),
        Some(format!("Bearer {TOKEN}").as_str())
    );
}

#[tokio::test]
async fn ordinary_keys_go_through_object_store_and_odd_ones_do_not() {
    let key = Fixed::AzureKey(Secret::new("c2VjcmV0".to_owned()));
    let token = Fixed::Google(Secret::new(TOKEN.to_owned()));
    for (location, fixed, etag) in [
        ("s3://lake", None, "e"),
        ("gs://lake", Some(token), "7"),
        ("az://acct/lake", Some(key), "e"),
    ] {
        let stub = Stub::new(move |_, seen| Sent::part(seen, b"hello", etag).with("x-goog-generation", "7"));
        let options = Options {
            fixed: fixed.or(stub.options().fixed),
            ..stub.options()
        };
        let store = stub.open(location, options).await;
        for (key, by_object_store) in [("ordinary/k.csv", true), ("odd//key", false)] {
            let object = object(key, 5, etag);
            store.read(&object, std::slice::from_ref(&(1..3))).await.unwrap();
            let seen = stub.seen().pop().unwrap();
            // object_store's HTTP client says what it accepts; ours does not.
            assert_eq!(
                seen.header("accept").is_some(),
                by_object_store,
                "{location} {seen:?}"
            );
        }
        assert_eq!(stub.seen().len(), 2, "{location}");
    }
}

#[tokio::test]
async fn an_unreachable_server_is_unavailable() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let stub = Stub::new(|_, _| page(0, 1000));
    let options = Options {
        endpoint: Some(format!("http://{closed}")),
        retries: 1,
        ..stub.options()
    };
    let bucket = stub.open("s3://lake", options).await;
    let error = bucket.list(b"").try_next().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "list s3://lake: unavailable (connection refused)"
    );
}

#[cfg(feature = "cli")]
mod logs {
    use std::io;

    use tracing_subscriber::fmt::MakeWriter;

    use super::*;

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl MakeWriter<'_> for Log {
        type Writer = Self;

        fn make_writer(&self) -> Self {
            self.clone()
        }
    }

    #[test]
    fn no_level_of_logging_shows_credentials_or_signatures() {
        let log = Log::default();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_writer(log.clone())
            .finish();
        let stub = Stub::new(|n, seen| match seen.range() {
            Some(_) if n == 1 => Sent::new(503, "SlowDown"),
            Some(_) => Sent::part(seen, b"x", "e"),
            None => page(0, 1000),
        });
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        tracing::subscriber::with_default(subscriber, || {
            runtime.block_on(async {
                let bucket = stub.bucket().await;
                bucket.list(b"").try_next().await.unwrap();
                for key in ["odd//key", "ordinary"] {
                    let object = object(key, 1, "e");
                    bucket.read(&object, std::slice::from_ref(&(0..1))).await.unwrap();
                }
            });
        });
        let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        assert!(text.contains("replied"), "something was logged");
        for secret in [TOKEN, SECRET, "Signature=", "authorization"] {
            assert!(
                !text.to_lowercase().contains(&secret.to_lowercase()),
                "{secret} in {text}"
            );
        }
    }
}
