//! The settings' table as flags.

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::path::Path;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, parser::ValueSource};

use super::commands::Global;
use super::{Failure, logs, screen};
use crate::config::{self, Given, Group, Loaded, SETTINGS, Setting, Takes};

/// Which settings a command takes.
pub(super) trait About {
    /// Their groups.
    const GROUPS: &'static [Group];
}

/// The flags of one command, by the setting's name.
#[derive(Debug)]
pub(super) struct Options<T> {
    given: BTreeMap<&'static str, Given>,
    of: PhantomData<T>,
}

fn settings<T: About>() -> impl Iterator<Item = &'static Setting> {
    SETTINGS
        .iter()
        .filter(|setting| T::GROUPS.contains(&setting.group))
}

fn arg(setting: &'static Setting) -> Arg {
    let help = match setting.default {
        "" | "false" => setting.help.to_owned(),
        default => format!("{} [default: {default}]", setting.help),
    };
    let mut arg = Arg::new(setting.name)
        .long(setting.name)
        .value_name(setting.value)
        .help(help);
    if let Some(short) = setting.short {
        arg = arg.short(short);
    }
    arg = arg.help_heading(setting.group.heading());
    match setting.takes {
        Takes::Many(_) => arg.action(ArgAction::Append),
        Takes::One(_) => arg,
        // `--probe` switches on; `--probe=false` takes back what the file or the environment says.
        Takes::Switch(_) => arg
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true")
            .value_name("BOOL")
            .hide_default_value(true),
    }
}

impl<T: About> Args for Options<T> {
    fn augment_args(command: Command) -> Command {
        command.args(settings::<T>().map(arg))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<T: About> FromArgMatches for Options<T> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let said = settings::<T>().filter_map(|setting| {
            let typed = matches.value_source(setting.name) == Some(ValueSource::CommandLine);
            let values = matches.get_many::<String>(setting.name).filter(|_| typed)?;
            Some((setting.name, Given::flag(values.cloned().collect())))
        });
        Ok(Self {
            given: said.collect(),
            of: PhantomData,
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl<T> Options<T> {
    /// Puts flags, environment and file together and starts the logs.
    pub(super) fn load(&self, global: &Global, locations: &[String]) -> Result<Loaded, Failure> {
        let mut flags = self.given.clone();
        if !locations.is_empty() {
            flags.insert("locations", Given::flag(locations.to_vec()));
        }
        load(global, flags)
    }
}

/// The settings without any flag of a command.
pub(super) fn plain(global: &Global) -> Result<Loaded, Failure> {
    load(global, BTreeMap::new())
}

fn load(global: &Global, flags: BTreeMap<&'static str, Given>) -> Result<Loaded, Failure> {
    let file: Option<&Path> = global.config.as_deref();
    let loaded = config::load(flags, &environment(), file)
        .map_err(|error| Failure::usage(format!("failed to {error}")))?;
    if !global.quiet {
        for ignored in &loaded.ignored {
            screen::say(&format!("warning: {ignored}"));
        }
    }
    logs::start(loaded.config.log, global.quiet, global.verbose);
    Ok(loaded)
}

/// The variables that are ours, as text.
fn environment() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| {
            let name = name
                .into_string()
                .ok()
                .filter(|name| name.starts_with("LAKEWARDEN_"))?;
            Some((name, value.to_string_lossy().into_owned()))
        })
        .collect()
}
