//! The commands and what each of them takes.

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

use super::options::{About, Options};
use crate::config::Group;
use crate::engine::Overlaps;
use crate::engine::detect::Offsets;

const EXIT_CODES: &str = "Exit codes, the first that applies:
  2    bad usage or settings; nothing was done
  130  interrupted; a valid, partial report was written
  1    a gate failed
  3    a location named on the command line gave nothing at all
  4    a gate is not proven: unread bytes or undecided settings could hide a failure
  0    otherwise
  74   the report could not be written";

/// Finds personal data and secrets in data lakes, works out who can reach them, and draws one exposure map.
#[derive(Debug, Parser)]
#[command(name = "lakewarden", version, propagate_version = true, max_term_width = 100, after_help = EXIT_CODES)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) global: Global,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// What every command takes.
#[derive(Debug, Args)]
pub(super) struct Global {
    /// Config file, in place of ./lakewarden.toml
    #[arg(long, value_name = "FILE", global = true)]
    pub(super) config: Option<PathBuf>,
    /// Only errors on stderr: no progress, no remarks
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = "Logs")]
    pub(super) quiet: bool,
    /// Log more: -v what is done, -vv every request, -vvv everything
    #[arg(short, long, global = true, action = ArgAction::Count, help_heading = "Logs")]
    pub(super) verbose: u8,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Crawl, classify, judge exposure, report
    Scan(Scan),
    /// Who can reach it; reads settings only, never object content
    Exposure(Exposure),
    /// Classify text from a pipe or a file; one JSON line per record
    Detect(Detect),
    /// Combine the profiles of shards or of several runs into one report
    Merge(Merge),
    /// The classifiers: list them, explain one, check your own
    #[command(subcommand)]
    Classifiers(Classifiers),
    /// The least that a scan needs, as a policy document that the cloud takes
    Permissions(Permissions),
    /// The settings, explained
    #[command(subcommand)]
    Config(Config),
    /// CPU, engines, credentials found (never their values), limits
    Doctor,
}

/// The settings of a command: which groups it takes.
macro_rules! groups {
    ($name:ident: $($group:ident)*) => {
        #[derive(Debug)]
        pub(super) enum $name {}
        impl About for $name {
            const GROUPS: &'static [Group] = &[$(Group::$group),*];
        }
    };
}

groups!(OfScan: Output Eyes Listing Classifiers Exposure Run Gates Log);
groups!(OfExposure: Output Eyes Exposure Gates Log);
groups!(OfMerge: Output Classifiers Gates Log);
groups!(OfClassifiers: Classifiers Log);

#[derive(Debug, Args)]
pub(super) struct Scan {
    /// s3://bucket[/prefix], gs://bucket[/prefix], az://account/container[/prefix], a folder or a file
    #[arg(value_name = "LOCATION")]
    pub(super) locations: Vec<String>,
    #[command(flatten)]
    pub(super) options: Options<OfScan>,
}

#[derive(Debug, Args)]
pub(super) struct Exposure {
    /// As for scan; without any, every store of the facts file
    #[arg(value_name = "LOCATION")]
    pub(super) locations: Vec<String>,
    #[command(flatten)]
    pub(super) options: Options<OfExposure>,
}

#[derive(Debug, Args)]
pub(super) struct Merge {
    /// Files that --profile-out wrote
    #[arg(value_name = "PROFILE", required = true)]
    pub(super) profiles: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) options: Options<OfMerge>,
}

#[derive(Debug, Args)]
pub(super) struct Detect {
    /// The file to read; `-` is stdin
    #[arg(value_name = "FILE", default_value = "-")]
    pub(super) file: PathBuf,
    /// text: the whole input is one record; jsonl: one object with `id` and `text` a line
    #[arg(
        long,
        value_enum,
        default_value = "text",
        hide_possible_values = true,
        value_name = "text|jsonl"
    )]
    pub(super) input: InputFormat,
    /// What offsets count: UTF-8 bytes, or Unicode scalar values
    #[arg(
        long,
        value_enum,
        default_value = "bytes",
        hide_possible_values = true,
        value_name = "bytes|chars"
    )]
    pub(super) offsets: OffsetUnit,
    /// Of overlapping matches, write the best or all of them
    #[arg(
        long,
        value_enum,
        default_value = "best",
        hide_possible_values = true,
        value_name = "best|all"
    )]
    pub(super) overlaps: OverlapChoice,
    /// Write the text back with each match as [CLASSIFIER_ID]
    #[arg(long)]
    pub(super) redact: bool,
    #[command(flatten)]
    pub(super) options: Options<OfClassifiers>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum InputFormat {
    Text,
    Jsonl,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum OffsetUnit {
    Bytes,
    Chars,
}

impl From<OffsetUnit> for Offsets {
    fn from(unit: OffsetUnit) -> Self {
        match unit {
            OffsetUnit::Bytes => Self::Bytes,
            OffsetUnit::Chars => Self::Chars,
        }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum OverlapChoice {
    Best,
    All,
}

impl From<OverlapChoice> for Overlaps {
    fn from(choice: OverlapChoice) -> Self {
        match choice {
            OverlapChoice::Best => Self::Best,
            OverlapChoice::All => Self::All,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum Classifiers {
    /// List the classifiers that would run
    List {
        /// How to write the list
        #[arg(
            short,
            long,
            value_enum,
            default_value = "table",
            hide_possible_values = true,
            value_name = "table|json"
        )]
        output: ListFormat,
        #[command(flatten)]
        options: Options<OfClassifiers>,
    },
    /// Explain one classifier
    Show {
        /// Its id, as reports call it
        id: String,
        #[command(flatten)]
        options: Options<OfClassifiers>,
    },
    /// Make classifier files of another tool's rules: gitleaks (.toml) or Presidio (.yaml)
    Import {
        /// The file of rules
        file: PathBuf,
        /// The folder for the new files, which is made
        #[arg(long, value_name = "FOLDER", default_value = "classifiers")]
        into: PathBuf,
    },
    /// Check classifier files: unknown keys, patterns, examples, pass rates
    Check {
        /// Files and folders; without any, the built-in classifiers
        #[arg(value_name = "PATH")]
        paths: Vec<PathBuf>,
        /// Also measure what each costs by itself, and name those that slow every scan
        #[arg(long)]
        cost: bool,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ListFormat {
    Table,
    Json,
}

#[derive(Debug, Args)]
pub(super) struct Permissions {
    /// aws: an IAM policy; gcp and azure: a custom role
    #[arg(value_enum, value_name = "aws|gcp|azure", hide_possible_values = true)]
    pub(super) cloud: Cloud,
    /// Leave out what reads the content of objects: enough for lakewarden exposure
    #[arg(long)]
    pub(super) settings_only: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Cloud {
    Aws,
    Gcp,
    Azure,
}

#[derive(Debug, Subcommand)]
pub(super) enum Config {
    /// Check the settings; print what is in effect and where it came from
    Check {
        #[command(flatten)]
        options: Options<OfScan>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_setting_is_in_the_reference() {
        let reference = include_str!("../../docs/commands.md");
        for setting in crate::config::SETTINGS {
            assert!(
                reference.contains(&format!("`{}`", setting.name)),
                "{}",
                setting.name
            );
        }
    }
}
