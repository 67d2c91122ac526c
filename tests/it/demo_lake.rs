//! The demo lake that ships with the project: its captured settings are read and stand for the folders beside them.

use std::path::Path;

use lakewarden::model::facts::{Facts, Settings};

fn facts() -> Facts {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/lake.facts.json");
    Facts::parse(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn every_folder_of_the_demo_lake_stands_for_one_store() {
    let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut folders: Vec<_> = std::fs::read_dir(base.join("lake"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    let facts = facts();
    let mut mapped: Vec<_> = facts
        .mapped(&base)
        .into_iter()
        .map(|(folder, _)| folder)
        .collect();
    folders.sort();
    mapped.sort();
    assert_eq!(folders, mapped);
}

#[test]
fn the_demo_lake_spans_three_clouds_and_is_written_as_it_is_read() {
    let facts = facts();
    let of = |want: fn(&Settings) -> bool| facts.stores.iter().filter(|s| want(&s.settings)).count();
    assert_eq!(of(|s| matches!(s, Settings::Aws(_))), 5);
    assert_eq!(of(|s| matches!(s, Settings::Gcp(_))), 2);
    assert_eq!(of(|s| matches!(s, Settings::Azure(_))), 1);
    let written = serde_json::to_string(&facts).unwrap();
    assert_eq!(Facts::parse(&written).unwrap(), facts);
}

#[cfg(feature = "runtime")]
#[test]
fn the_demo_lake_shows_the_verdicts_it_was_made_to_show() {
    let judged: Vec<_> = facts()
        .stores
        .iter()
        .map(|store| {
            let exposure = lakewarden::exposure::judge(store);
            format!("{} {}", store.uri.as_str(), exposure.verdict.as_str())
        })
        .collect();
    let expected = [
        "az://harbourbackups/exports public_read",
        "gs://harbour-access-logs latent",
        "gs://harbour-research-scratch inconclusive",
        "s3://harbour-legacy-dumps unknown",
        "s3://harbour-partner-feed external",
        "s3://harbour-people-hr private",
        "s3://harbour-press-kit public_read",
        "s3://harbour-training-data public_list",
    ];
    assert_eq!(judged, expected);
}
