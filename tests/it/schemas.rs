//! The JSON Schemas in `docs/` are those of the types.

use lakewarden::model::facts::Facts;
use lakewarden::model::profile::Profile;
use lakewarden::model::report::Report;
use schemars::{JsonSchema, SchemaGenerator};

use crate::golden;

/// Compares the committed schema with that of the type.
fn check<T: JsonSchema>(path: &str) {
    let schema = SchemaGenerator::default().into_root_schema_for::<T>();
    golden::check(path, &(serde_json::to_string_pretty(&schema).unwrap() + "\n"));
}

#[test]
fn the_report_schema_is_that_of_the_types() {
    check::<Report>("docs/report.schema.json");
}

#[test]
fn the_facts_schema_is_that_of_the_types() {
    check::<Facts>("docs/facts.schema.json");
}

#[test]
fn the_profile_schema_is_that_of_the_types() {
    check::<Profile>("docs/profile.schema.json");
}
