//! What a run is asked to do, after flags, environment and file were put together.
//!
//! Flags win over the environment (`LAKEWARDEN_*`), the environment over the file (`lakewarden.toml`).

#[cfg(feature = "cli")]
mod file;
#[cfg(feature = "cli")]
mod load;
#[cfg(feature = "cli")]
mod settings;
#[cfg(feature = "cli")]
mod value;

use std::path::PathBuf;

#[cfg(feature = "cli")]
#[cfg(feature = "cli")]
pub use load::{ConfigError, FILE, Given, Loaded, Origin, load};
#[cfg(feature = "cli")]
pub use settings::{Group, SETTINGS, Setting, Takes};

use crate::model::report::Detail;
use crate::model::risk::Level;
use crate::model::tally::Confidence;

/// Everything that `scan`, `exposure` and `merge` can be told. A value of this type is complete: what was not said has
/// its default.
#[derive(Debug, Clone)]
pub struct Config {
    /// What to look at, as given.
    pub locations: Vec<String>,
    /// Outputs; at most one of them is stdout.
    pub outputs: Vec<Output>,
    /// How deep `json` and `html` go.
    pub detail: Detail,
    /// Whether the terminal output may use colour, and how wide it is.
    pub style: (bool, u16),
    /// Whose eyes to look through.
    pub eyes: Eyes,
    /// Filters on the listing.
    pub filter: Filter,
    /// Which classifiers run.
    pub classifiers: Classifiers,
    /// The sampling seed.
    pub seed: u64,
    /// This part of a stable split of the listing: index (from 1) and count.
    pub shard: Option<(u32, u32)>,
    /// The file with the secret for keyed hashes.
    pub key: Option<PathBuf>,
    /// Captured settings to judge instead of asking the clouds.
    pub facts: Option<PathBuf>,
    /// Where to write the settings that were read.
    pub facts_out: Option<PathBuf>,
    /// Whether to try one unsigned list and read per store.
    pub probe: bool,
    /// Which objects' own access lists are read.
    pub object_acls: ObjectAcls,
    /// The engine to force, or `auto`.
    pub backend: String,
    /// Worker threads.
    pub jobs: usize,
    /// The budget for buffered data, in bytes.
    pub memory: u64,
    /// The size of the pieces that decoders make, in bytes; derived from the budget unless set.
    pub piece: Option<usize>,
    /// What must hold for the run to pass.
    pub gates: Gates,
    /// Where to write the mergeable profile.
    pub profile_out: Option<PathBuf>,
    /// How log lines look.
    pub log: LogFormat,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For a person.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// One output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// The format's name.
    pub format: String,
    /// The file; `None` is stdout.
    pub path: Option<PathBuf>,
}

/// Whose eyes: credentials and endpoints.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Eyes {
    /// Named profile of the AWS configuration files.
    pub profile: Option<String>,
    /// AWS region.
    pub region: Option<String>,
    /// Another server that speaks the cloud's API.
    pub endpoint: Option<String>,
    /// AWS role to assume.
    pub role_arn: Option<String>,
    /// The external id that the role asks for.
    pub external_id: Option<String>,
    /// Google Cloud project.
    pub project: Option<String>,
    /// Azure subscription.
    pub subscription: Option<String>,
    /// Send no credentials.
    pub anonymous: bool,
    /// Accept to pay for requests.
    pub requester_pays: bool,
}

/// Filters on the listing, before any download.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Globs over keys; an object must match one, if there are any.
    pub include: Vec<String>,
    /// Globs over keys; an object must match none.
    pub exclude: Vec<String>,
    /// The smallest size in bytes.
    pub min_size: Option<u64>,
    /// The largest size in bytes.
    pub max_size: Option<u64>,
    /// The oldest change, in seconds since 1970-01-01 UTC.
    pub modified_since: Option<i64>,
    /// Storage classes to read although they cost a retrieval fee, in the provider's own words, any case.
    pub storage_classes: Vec<String>,
}

/// Which classifiers run and what is kept of what they find.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Classifiers {
    /// Folders or files of users' own classifiers, beside the built-in ones.
    pub folders: Vec<PathBuf>,
    /// Ids or categories that replace the default set.
    pub enable: Vec<String>,
    /// Ids or categories to leave out.
    pub disable: Vec<String>,
    /// The least confidence that is reported.
    pub min_confidence: Confidence,
}

impl Default for Classifiers {
    fn default() -> Self {
        Self {
            folders: Vec::new(),
            enable: Vec::new(),
            disable: Vec::new(),
            min_confidence: Confidence::Medium,
        }
    }
}

/// Which objects' own access lists are read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ObjectAcls {
    /// Those of a sample of each store.
    #[default]
    Sample,
    /// All.
    All,
    /// None.
    None,
}

/// What must hold for the run to pass.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Gates {
    /// Fail when a store's risk is at this level or above.
    pub fail_on: Option<Level>,
    /// Fail when a store's sensitivity is at this level or above, whatever its reach.
    pub fail_on_sensitivity: Option<Level>,
    /// Fail when less than this share of the bytes in scope is known, in hundredths of a percent.
    pub min_coverage: Option<u32>,
}

impl Gates {
    /// Whether any gate is set.
    pub fn any(&self) -> bool {
        *self != Self::default()
    }
}

impl Config {
    /// What was asked for, as arguments, as far as it decides the result: not how fast, not where to, nothing secret.
    /// Shards of one run and runs on machines of different sizes agree on it.
    pub fn asked(&self) -> Vec<String> {
        let mut asked = self.locations.clone();
        let filter = &self.filter;
        let mut say = |flag: &str, value: String| asked.push(format!("--{flag}={value}"));
        filter
            .include
            .iter()
            .for_each(|glob| say("include", glob.clone()));
        filter
            .exclude
            .iter()
            .for_each(|glob| say("exclude", glob.clone()));
        filter
            .min_size
            .iter()
            .for_each(|size| say("min-size", size.to_string()));
        filter
            .max_size
            .iter()
            .for_each(|size| say("max-size", size.to_string()));
        filter
            .modified_since
            .iter()
            .for_each(|at| say("modified-since", at.to_string()));
        filter
            .storage_classes
            .iter()
            .for_each(|class| say("storage-class", class.clone()));
        self.classifiers
            .enable
            .iter()
            .for_each(|name| say("enable", name.clone()));
        self.classifiers
            .disable
            .iter()
            .for_each(|name| say("disable", name.clone()));
        say(
            "min-confidence",
            self.classifiers.min_confidence.as_str().to_owned(),
        );
        say("detail", format!("{:?}", self.detail).to_lowercase());
        self.gates
            .fail_on
            .iter()
            .for_each(|level| say("fail-on", level.as_str().to_owned()));
        self.gates
            .fail_on_sensitivity
            .iter()
            .for_each(|l| say("fail-on-sensitivity", l.as_str().to_owned()));
        self.gates
            .min_coverage
            .iter()
            .for_each(|share| say("min-coverage", format!("{}.{:02}%", share / 100, share % 100)));
        if self.eyes.anonymous {
            asked.push("--anonymous".into());
        }
        if self.probe {
            asked.push("--probe".into());
        }
        asked
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            locations: Vec::new(),
            outputs: vec![Output {
                format: "table".into(),
                path: None,
            }],
            detail: Detail::default(),
            style: (false, 80),
            eyes: Eyes::default(),
            filter: Filter::default(),
            classifiers: Classifiers::default(),
            seed: 0,
            shard: None,
            key: None,
            facts: None,
            facts_out: None,
            probe: false,
            object_acls: ObjectAcls::default(),
            backend: "auto".into(),
            jobs: std::thread::available_parallelism().map_or(1, usize::from),
            memory: 512 << 20,
            piece: None,
            gates: Gates::default(),
            profile_out: None,
            log: LogFormat::default(),
        }
    }
}
