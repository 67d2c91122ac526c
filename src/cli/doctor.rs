//! `doctor`: what this machine and this environment offer. Asks no server and shows no credential's value.

use std::path::{Path, PathBuf};

use super::commands::Global;
use super::exit::Exit;
use super::page::columns;
use super::{Failure, Outcome, options, screen};
use crate::config::Config;
use crate::engine;

pub(super) fn run(global: &Global) -> Outcome {
    let config = options::plain(global)?.config;
    let sections = [
        ("Program", program()),
        ("Matching engines", engines()),
        ("Credentials found (names only; none was tried)", credentials()),
        ("Limits", limits(&config)),
    ];
    let mut page = String::new();
    for (title, rows) in sections {
        let rows: Vec<Vec<String>> = rows
            .into_iter()
            .map(|(name, value)| vec![format!("  {name}"), value])
            .collect();
        let gap = if page.is_empty() { "" } else { "\n" };
        page.push_str(&format!("{gap}{title}\n{}", columns(&rows, usize::MAX)));
    }
    screen::print(&page).map_err(|error| Failure::broken(format!("failed to write: {error}")))?;
    Ok(Exit::Fine)
}

type Rows = Vec<(&'static str, String)>;

fn program() -> Rows {
    let build = if cfg!(debug_assertions) {
        "debug"
    } else {
        "release"
    };
    vec![
        ("version", env!("CARGO_PKG_VERSION").to_owned()),
        (
            "build",
            format!("{build}, {}-{}", std::env::consts::ARCH, std::env::consts::OS),
        ),
        ("CPU features", cpu()),
    ]
}

#[cfg(target_arch = "x86_64")]
fn cpu() -> String {
    let features = [
        ("sse4.2", std::is_x86_feature_detected!("sse4.2")),
        ("avx2", std::is_x86_feature_detected!("avx2")),
        ("avx512f", std::is_x86_feature_detected!("avx512f")),
        ("avx512vbmi", std::is_x86_feature_detected!("avx512vbmi")),
        ("gfni", std::is_x86_feature_detected!("gfni")),
    ];
    let found: Vec<&str> = features
        .iter()
        .filter(|(_, there)| *there)
        .map(|(name, _)| *name)
        .collect();
    if found.is_empty() {
        "none of those that matter".to_owned()
    } else {
        found.join(" ")
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn cpu() -> String {
    "none of those that matter".to_owned()
}

fn engines() -> Rows {
    let best = engine::best_backend();
    let able = |name| if name == best { "yes: in use" } else { "yes" };
    engine::backends()
        .map(|(name, missing)| {
            (
                name,
                missing.map_or_else(|| able(name).to_owned(), |why| format!("no: {why}")),
            )
        })
        .collect()
}

fn credentials() -> Rows {
    vec![
        ("Amazon S3", found(aws())),
        ("Google Cloud", found(google())),
        ("Azure", found(azure())),
    ]
}

fn found(sources: Vec<String>) -> String {
    if sources.is_empty() {
        "none in the environment or in files; a machine's own identity is asked for when a scan begins"
            .to_owned()
    } else {
        sources.join(", ")
    }
}

/// Those of these variables that say something.
fn variables(names: &[&'static str]) -> Vec<String> {
    let set = |name: &&&str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    names.iter().filter(set).map(|name| format!("${name}")).collect()
}

/// The file that a variable names, or its usual place below the home folder, if it is there.
fn file(variable: &str, usual: &str) -> Option<String> {
    let named = std::env::var_os(variable)
        .filter(|path| !path.is_empty())
        .map(PathBuf::from);
    let home = || std::env::home_dir().map(|home| home.join(usual));
    let there = named.is_some();
    let path = named.or_else(home)?;
    let shown = if there {
        format!("${variable}")
    } else {
        format!("~/{usual}")
    };
    path.exists().then_some(shown)
}

fn aws() -> Vec<String> {
    let mut sources = variables(&[
        "AWS_ACCESS_KEY_ID",
        "AWS_PROFILE",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    ]);
    sources.extend(file("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials"));
    sources.extend(file("AWS_CONFIG_FILE", ".aws/config"));
    sources
}

fn google() -> Vec<String> {
    let mut sources = variables(&["GOOGLE_OAUTH_ACCESS_TOKEN", "CLOUDSDK_AUTH_ACCESS_TOKEN"]);
    sources.extend(file(
        "GOOGLE_APPLICATION_CREDENTIALS",
        ".config/gcloud/application_default_credentials.json",
    ));
    sources
}

fn azure() -> Vec<String> {
    let mut sources = variables(&[
        "AZURE_STORAGE_CONNECTION_STRING",
        "AZURE_STORAGE_KEY",
        "AZURE_CLIENT_ID",
        "AZURE_FEDERATED_TOKEN_FILE",
    ]);
    sources.extend(file("AZURE_CONFIG_DIR", ".azure"));
    sources
}

fn limits(config: &Config) -> Rows {
    let mut rows = vec![
        (
            "cores",
            std::thread::available_parallelism()
                .map_or(1, usize::from)
                .to_string(),
        ),
        ("worker threads (--jobs)", config.jobs.to_string()),
        ("data budget (--memory)", mebibytes(config.memory)),
    ];
    rows.extend(memory().map(|bytes| ("memory of this machine", mebibytes(bytes))));
    rows.extend(memory_allowed().map(|bytes| ("memory allowed here", mebibytes(bytes))));
    rows.extend(open_files().map(|files| ("open files", files)));
    rows
}

fn mebibytes(bytes: u64) -> String {
    format!("{} MiB", bytes >> 20)
}

/// Of Linux; elsewhere nothing is said.
fn memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("MemTotal:"))?;
    let kibibytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kibibytes << 10)
}

/// A container's limit.
fn memory_allowed() -> Option<u64> {
    std::fs::read_to_string(Path::new("/sys/fs/cgroup/memory.max"))
        .ok()?
        .trim()
        .parse()
        .ok()
}

fn open_files() -> Option<String> {
    let text = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = text.lines().find(|line| line.starts_with("Max open files"))?;
    line.split_whitespace().nth(3).map(str::to_owned)
}
