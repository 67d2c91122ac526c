//! Every setting, once: its name, what it takes, its help and what it does. Flags, environment and file all read this
//! table, so that they cannot disagree. A new setting is one line here and its field in [`Config`].

use std::path::PathBuf;

use super::value::{chosen, date, output, percent, shard, size, switch, whole};
use super::{Config, LogFormat, ObjectAcls};
use crate::model::report::Detail;
use crate::model::risk::Level;
use crate::model::tally::Confidence;

/// What a setting is about; also the heading in the help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// What to look at.
    Locations,
    /// What to write, and where.
    Output,
    /// Credentials and endpoints.
    Eyes,
    /// Filters on the listing.
    Listing,
    /// Which classifiers run.
    Classifiers,
    /// Who can reach it.
    Exposure,
    /// Identity and resources of the run.
    Run,
    /// What must hold.
    Gates,
    /// Logs.
    Log,
}

impl Group {
    /// The heading in the help.
    pub fn heading(self) -> &'static str {
        match self {
            Self::Locations => "Locations",
            Self::Output => "Output",
            Self::Eyes => "Credentials and endpoints",
            Self::Listing => "Which objects",
            Self::Classifiers => "Which classifiers",
            Self::Exposure => "Exposure",
            Self::Run => "Run",
            Self::Gates => "Gates",
            Self::Log => "Logs",
        }
    }
}

/// Sets a field, or says what is wrong with the value and what to write instead.
type Outcome = Result<(), String>;

/// What a setting takes.
#[derive(Debug, Clone, Copy)]
pub enum Takes {
    /// Nothing, or `true` or `false`.
    Switch(fn(&mut Config, bool)),
    /// One value.
    One(fn(&mut Config, &str) -> Outcome),
    /// Any number of values.
    Many(fn(&mut Config, &[String]) -> Outcome),
}

/// One setting.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Its name in the file; `--NAME` as a flag, `LAKEWARDEN_NAME` in the environment.
    pub name: &'static str,
    /// The one-letter flag.
    pub short: Option<char>,
    /// What it is about.
    pub group: Group,
    /// What it takes.
    pub takes: Takes,
    /// What stands for its value in the help.
    pub value: &'static str,
    /// What holds when nothing is said, for a reader; empty: nothing.
    pub default: &'static str,
    /// What it does, in a line.
    pub help: &'static str,
}

impl Setting {
    /// The setting of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        SETTINGS.iter().find(|setting| setting.name == name)
    }

    /// Its name in the environment.
    pub fn variable(&self) -> String {
        format!("LAKEWARDEN_{}", self.name.replace('-', "_").to_uppercase())
    }

    /// Sets it in `config`.
    ///
    /// # Errors
    ///
    /// What is wrong with the values and what to write instead.
    pub(super) fn apply(&self, config: &mut Config, values: &[String]) -> Outcome {
        match self.takes {
            Takes::Many(set) => set(config, values),
            Takes::Switch(set) => {
                set(config, switch(single(values)?)?);
                Ok(())
            }
            Takes::One(set) => set(config, single(values)?),
        }
    }

    /// Whether its value could give access and must not be shown.
    pub fn is_confidential(&self) -> bool {
        self.name == "external-id"
    }

    const fn short(mut self, short: char) -> Self {
        self.short = Some(short);
        self
    }

    const fn default(mut self, default: &'static str) -> Self {
        self.default = default;
        self
    }
}

fn single(values: &[String]) -> Result<&str, String> {
    match values {
        [one] => Ok(one),
        _ => Err("it takes one value, not a list".into()),
    }
}

const fn setting(
    group: Group,
    name: &'static str,
    takes: Takes,
    value: &'static str,
    help: &'static str,
) -> Setting {
    Setting {
        name,
        short: None,
        group,
        takes,
        value,
        default: "",
        help,
    }
}

const fn one(
    group: Group,
    name: &'static str,
    value: &'static str,
    help: &'static str,
    set: fn(&mut Config, &str) -> Outcome,
) -> Setting {
    setting(group, name, Takes::One(set), value, help)
}

const fn many(
    group: Group,
    name: &'static str,
    value: &'static str,
    help: &'static str,
    set: fn(&mut Config, &[String]) -> Outcome,
) -> Setting {
    setting(group, name, Takes::Many(set), value, help)
}

const fn flag(group: Group, name: &'static str, help: &'static str, set: fn(&mut Config, bool)) -> Setting {
    setting(group, name, Takes::Switch(set), "true|false", help).default("false")
}

const DETAILS: [(&str, Detail); 3] = [
    ("stores", Detail::Stores),
    ("tables", Detail::Tables),
    ("objects", Detail::Objects),
];
const LEVELS: [(&str, Level); 4] = [
    ("low", Level::Low),
    ("medium", Level::Medium),
    ("high", Level::High),
    ("critical", Level::Critical),
];
const CONFIDENCES: [(&str, Confidence); 3] = [
    ("low", Confidence::Low),
    ("medium", Confidence::Medium),
    ("high", Confidence::High),
];
const ACLS: [(&str, ObjectAcls); 3] = [
    ("sample", ObjectAcls::Sample),
    ("all", ObjectAcls::All),
    ("none", ObjectAcls::None),
];
const LOGS: [(&str, LogFormat); 2] = [("text", LogFormat::Text), ("json", LogFormat::Json)];

/// The smallest budget that still holds a few pieces of a few objects.
const LEAST_MEMORY: u64 = 16 << 20;

use Group::{Classifiers, Exposure, Eyes, Gates, Listing, Locations, Log, Output, Run};

/// Every setting, in the order of the help.
pub const SETTINGS: &[Setting] = &[
    many(
        Locations,
        "locations",
        "LOCATION",
        "What to look at when the command line names nothing",
        |c, v| {
            c.locations = v.to_vec();
            Ok(())
        },
    ),
    many(
        Output,
        "output",
        "FORMAT[=PATH]",
        "Write table, json, jsonl or html; without PATH on stdout",
        |c, v| {
            c.outputs = v.iter().map(|text| output(text)).collect::<Result<_, _>>()?;
            Ok(())
        },
    )
    .short('o')
    .default("table"),
    one(
        Output,
        "detail",
        "stores|tables|objects",
        "How deep json and html go",
        |c, v| {
            c.detail = chosen(v, &DETAILS)?;
            Ok(())
        },
    )
    .default("tables"),
    one(
        Output,
        "profile-out",
        "FILE",
        "Write the profile that `merge` reads",
        |c, v| {
            c.profile_out = Some(path(v)?);
            Ok(())
        },
    ),
    one(
        Eyes,
        "profile",
        "NAME",
        "Named profile of the AWS configuration files",
        |c, v| {
            c.eyes.profile = Some(v.to_owned());
            Ok(())
        },
    ),
    one(
        Eyes,
        "region",
        "NAME",
        "AWS region, where it cannot be found out",
        |c, v| {
            c.eyes.region = Some(v.to_owned());
            Ok(())
        },
    ),
    one(
        Eyes,
        "endpoint",
        "URL",
        "Another server that speaks the cloud's API",
        |c, v| {
            c.eyes.endpoint = Some(v.to_owned());
            Ok(())
        },
    ),
    one(Eyes, "role-arn", "ARN", "AWS role to assume", |c, v| {
        c.eyes.role_arn = Some(v.to_owned());
        Ok(())
    }),
    one(
        Eyes,
        "external-id",
        "ID",
        "The external id that the role asks for",
        |c, v| {
            c.eyes.external_id = Some(v.to_owned());
            Ok(())
        },
    ),
    one(
        Eyes,
        "project",
        "ID",
        "Google Cloud project whose buckets `gs://` lists",
        |c, v| {
            c.eyes.project = Some(v.to_owned());
            Ok(())
        },
    ),
    one(
        Eyes,
        "subscription",
        "ID",
        "Azure subscription of the accounts",
        |c, v| {
            c.eyes.subscription = Some(v.to_owned());
            Ok(())
        },
    ),
    flag(
        Eyes,
        "anonymous",
        "Send no credentials: see what anyone sees",
        |c, v| c.eyes.anonymous = v,
    ),
    flag(
        Eyes,
        "requester-pays",
        "Accept to pay for requests to requester-pays buckets",
        |c, v| {
            c.eyes.requester_pays = v;
        },
    ),
    many(
        Listing,
        "include",
        "GLOB",
        "Read only objects whose key matches one of these",
        |c, v| {
            c.filter.include = v.to_vec();
            Ok(())
        },
    ),
    many(
        Listing,
        "exclude",
        "GLOB",
        "Leave out objects whose key matches",
        |c, v| {
            c.filter.exclude = v.to_vec();
            Ok(())
        },
    ),
    one(
        Listing,
        "min-size",
        "SIZE",
        "Leave out smaller objects",
        |c, v| {
            c.filter.min_size = Some(size(v)?);
            Ok(())
        },
    ),
    one(Listing, "max-size", "SIZE", "Leave out larger objects", |c, v| {
        c.filter.max_size = Some(size(v)?);
        Ok(())
    }),
    one(
        Listing,
        "modified-since",
        "DATE",
        "Leave out objects last changed before (YYYY-MM-DD or RFC 3339, UTC)",
        |c, v| {
            c.filter.modified_since = Some(date(v)?);
            Ok(())
        },
    ),
    many(
        Listing,
        "storage-class",
        "CLASS",
        "Also read this class although it costs a retrieval fee",
        |c, v| {
            c.filter.storage_classes = v.to_vec();
            Ok(())
        },
    ),
    many(
        Classifiers,
        "classifiers",
        "DIR",
        "Folder or file with classifiers of your own",
        |c, v| {
            c.classifiers.folders = v.iter().map(|v| path(v)).collect::<Result<_, _>>()?;
            Ok(())
        },
    ),
    many(Classifiers, "enable", "ID|CATEGORY", "Run these alone", |c, v| {
        c.classifiers.enable = v.to_vec();
        Ok(())
    })
    .default("all"),
    many(
        Classifiers,
        "disable",
        "ID|CATEGORY",
        "Leave these out",
        |c, v| {
            c.classifiers.disable = v.to_vec();
            Ok(())
        },
    ),
    one(
        Classifiers,
        "min-confidence",
        "low|medium|high",
        "The least confidence that is reported",
        |c, v| {
            c.classifiers.min_confidence = chosen(v, &CONFIDENCES)?;
            Ok(())
        },
    )
    .default("medium"),
    one(
        Exposure,
        "facts",
        "FILE",
        "Judge captured settings instead of asking the clouds: a facts file, AWS Config's snapshot or history files, \
         or a folder of them",
        |c, v| {
            c.facts = Some(path(v)?);
            Ok(())
        },
    ),
    one(
        Exposure,
        "facts-out",
        "FILE",
        "Write the settings that were read",
        |c, v| {
            c.facts_out = Some(path(v)?);
            Ok(())
        },
    ),
    flag(
        Exposure,
        "probe",
        "Confirm with one unsigned list and one unsigned read per store",
        |c, v| c.probe = v,
    ),
    one(
        Exposure,
        "object-acls",
        "sample|all|none",
        "Which objects' own access lists are read",
        |c, v| {
            c.object_acls = chosen(v, &ACLS)?;
            Ok(())
        },
    )
    .default("sample"),
    one(
        Run,
        "key",
        "FILE",
        "Secret for keyed hashes, so that runs and shards agree",
        |c, v| {
            c.key = Some(path(v)?);
            Ok(())
        },
    ),
    one(
        Run,
        "shard",
        "I/N",
        "Read this part of a stable split of the listing; needs --key",
        |c, v| {
            c.shard = Some(shard(v)?);
            Ok(())
        },
    ),
    one(Run, "seed", "N", "Seed of everything that is drawn", |c, v| {
        c.seed = whole(v, 0, u64::MAX)?;
        Ok(())
    })
    .default("0"),
    one(
        Classifiers,
        "backend",
        "auto|reference|portable|avx2|avx512",
        "The matching engine to force",
        |c, v| {
            c.backend = v.to_owned();
            Ok(())
        },
    )
    .default("auto"),
    one(Run, "jobs", "N", "Worker threads", |c, v| {
        c.jobs = usize::try_from(whole(v, 1, 1024)?).unwrap_or(1);
        Ok(())
    })
    .default("one per core"),
    one(Run, "memory", "SIZE", "Hard budget for buffered data", |c, v| {
        c.memory = size(v)?;
        if c.memory < LEAST_MEMORY {
            return Err(format!("{v:?} is too little; give at least 16MiB"));
        }
        Ok(())
    })
    .default("512MiB"),
    one(
        Gates,
        "fail-on",
        "low|medium|high|critical",
        "Fail when a store's risk reaches this level",
        |c, v| {
            c.gates.fail_on = Some(chosen(v, &LEVELS)?);
            Ok(())
        },
    ),
    one(
        Gates,
        "fail-on-sensitivity",
        "low|medium|high|critical",
        "Fail when a store's sensitivity reaches this level, whatever its reach",
        |c, v| {
            c.gates.fail_on_sensitivity = Some(chosen(v, &LEVELS)?);
            Ok(())
        },
    ),
    one(
        Gates,
        "min-coverage",
        "P%",
        "Fail when less than this share of the bytes was read",
        |c, v| {
            c.gates.min_coverage = Some(percent(v)?);
            Ok(())
        },
    ),
    one(Log, "log", "text|json", "How log lines on stderr look", |c, v| {
        c.log = chosen(v, &LOGS)?;
        Ok(())
    })
    .default("text"),
];

fn path(value: &str) -> Result<PathBuf, String> {
    if value.is_empty() {
        return Err("it needs a path".into());
    }
    Ok(PathBuf::from(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_name_and_letter_is_used_once_and_is_a_flag() {
        let names: BTreeSet<_> = SETTINGS.iter().map(|s| s.name).collect();
        assert_eq!(names.len(), SETTINGS.len());
        for setting in SETTINGS {
            assert!(
                setting.name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'),
                "{}",
                setting.name
            );
            assert!(
                !setting.help.is_empty() && !setting.help.ends_with('.'),
                "{}",
                setting.name
            );
        }
    }

    #[test]
    fn what_the_help_calls_the_default_is_the_default() {
        let plain = format!("{:?}", Config::default());
        for setting in SETTINGS
            .iter()
            .filter(|s| !["", "all", "one per core"].contains(&s.default))
        {
            let mut config = Config::default();
            setting.apply(&mut config, &[setting.default.to_owned()]).unwrap();
            assert_eq!(format!("{config:?}"), plain, "{}", setting.name);
        }
    }

    #[test]
    fn every_choice_that_the_help_shows_is_taken() {
        for setting in SETTINGS
            .iter()
            .filter(|s| s.value.contains('|') && !s.value.contains("ID"))
        {
            for choice in setting.value.split('|') {
                setting
                    .apply(&mut Config::default(), &[choice.to_owned()])
                    .unwrap();
            }
        }
    }
}
