//! Lakewarden finds personal data and secrets in data lakes, works out who can reach them, and draws one exposure
//! map: how sensitive × how reachable, from the estate down to a column.
//!
//! # Layout
//!
//! Stages never import each other. Each imports [`model`] and outside crates; [`engine`] alone wires them, and
//! `cli` drives it. A test (`tests/it/layering.rs`) proves it on every run.
//!
//! - [`model`]: the shared nouns: ids, locators, cells, tallies, profiles, exposure, risk, report
//! - `config`: file + environment + flags → one `Config`
//! - `source`: where bytes come from: listing and ranged or streamed reads of S3, GCS, Azure and local folders
//! - `decode`: bytes → cells, sans-I/O: sniffing, decompression, Parquet, CSV, JSON, text, tar
//! - [`classify`]: cells → hits: classifiers, matching, validation, context, scores
//! - [`aggregate`]: tallies → profiles of columns, tables and stores
//! - `exposure`: a store's settings → who can reach it
//! - `report`: one push-style sink per output format
//! - [`engine`]: one function per command; [`engine::batch`] is the library face on Arrow data
//! - `cli`: arguments and exit codes

pub mod aggregate;
pub mod classify;
#[cfg(all(feature = "cli", feature = "cloud", feature = "decode"))]
pub mod cli;
pub mod config;
#[cfg(feature = "decode")]
pub mod decode;
pub mod engine;
#[cfg(feature = "runtime")]
pub mod exposure;
pub mod model;
#[cfg(feature = "runtime")]
pub mod report;
#[cfg(feature = "cloud")]
pub mod source;

pub use arrow;
