//! The bare loop that scanning very many small objects is measured against: list, get each, do nothing with it.
//!
//! usage: `fetch ENDPOINT BUCKET IN_FLIGHT`, unsigned; prints objects and bytes. The caller measures the process.

#![allow(clippy::print_stdout, reason = "a command-line tool")]

use std::process::ExitCode;

use futures::TryStreamExt;
use object_store::aws::AmazonS3Builder;
use object_store::{ObjectStore, ObjectStoreExt};

type Failure = Box<dyn std::error::Error>;

async fn fetch(endpoint: &str, bucket: &str, in_flight: usize) -> Result<(usize, usize), Failure> {
    let store = AmazonS3Builder::new()
        .with_endpoint(endpoint)
        .with_bucket_name(bucket)
        .with_region("us-east-1")
        .with_allow_http(true)
        .with_skip_signature(true)
        .build()?;
    let get = |object: object_store::ObjectMeta| {
        let store = &store;
        async move { store.get(&object.location).await?.bytes().await }
    };
    let sizes = store.list(None).map_ok(get).try_buffer_unordered(in_flight);
    let total = sizes.try_fold((0, 0), |(objects, bytes), body| async move {
        Ok((objects + 1, bytes + body.len()))
    });
    Ok(total.await?)
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [endpoint, bucket, in_flight] => in_flight.parse().map_err(Failure::from).and_then(|in_flight| {
            tokio::runtime::Runtime::new()?.block_on(fetch(endpoint, bucket, in_flight))
        }),
        _ => Err("usage: fetch ENDPOINT BUCKET IN_FLIGHT".into()),
    };
    match outcome {
        Ok((objects, bytes)) => {
            println!("{objects} objects, {bytes} bytes");
            ExitCode::SUCCESS
        }
        Err(why) => {
            println!("failed: {why}");
            ExitCode::FAILURE
        }
    }
}
