//! Arguments and exit codes. Nothing is decided here: settings go to [`crate::config`], work to [`crate::engine`].

mod check;
mod classifiers;
mod commands;
mod complaint;
mod detect;
mod doctor;
mod exit;
mod logs;
mod options;
mod page;
mod permissions;
mod progress;
mod run;
mod screen;
mod signals;

use std::process::ExitCode;

use clap::Parser as _;

use commands::{Cli, Command};
use exit::Exit;

/// What a command's function gives: how it ended, or an error for one line on stderr.
type Outcome = Result<Exit, Failure>;

/// Why a command ended early, as one line, and the code that says so.
#[derive(Debug)]
struct Failure {
    line: String,
    exit: Exit,
}

impl Failure {
    fn usage(line: impl std::fmt::Display) -> Self {
        Self {
            line: line.to_string(),
            exit: Exit::Usage,
        }
    }

    fn broken(line: impl std::fmt::Display) -> Self {
        Self {
            line: line.to_string(),
            exit: Exit::Broken,
        }
    }
}

/// Runs the command line of this process and gives its exit code.
pub fn main() -> ExitCode {
    hush_panics();
    let exit = match Cli::try_parse() {
        Ok(cli) => dispatch(&cli).unwrap_or_else(|failure| {
            screen::say(&format!("error: {}", failure.line));
            failure.exit
        }),
        Err(error) => complaint::show(&error),
    };
    ExitCode::from(exit.code())
}

fn dispatch(cli: &Cli) -> Outcome {
    let global = &cli.global;
    match &cli.command {
        Command::Scan(asked) => run::scan(global, asked),
        Command::Exposure(asked) => run::exposure(global, asked),
        Command::Merge(asked) => run::merge(global, asked),
        Command::Detect(asked) => detect::run(global, asked),
        Command::Classifiers(asked) => classifiers::run(global, asked),
        Command::Config(asked) => check::run(global, asked),
        Command::Permissions(asked) => permissions::run(asked),
        Command::Doctor => doctor::run(global),
    }
}

/// A panic's payload could hold data that was being read: only its place is shown.
fn hush_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or("an unknown place".to_owned(), |at| {
            format!("{}:{}", at.file(), at.line())
        });
        screen::urgent(&format!("internal error at {place}; please report it"));
    }));
}
