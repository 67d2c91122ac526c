//! Log lines on stderr. Only this program's own events are written: other crates' could hold headers, signed
//! addresses or bodies, so none of them passes, at any verbosity and whatever the environment says.

use std::io::{self, Write};

use tracing::Level;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::{Layer as _, Registry, fmt};

use super::screen;
use crate::config::LogFormat;

/// Starts the logs, once per process.
pub(super) fn start(format: LogFormat, quiet: bool, verbose: u8) {
    let own = Targets::new().with_target(env!("CARGO_PKG_NAME"), level(quiet, verbose));
    let lines = fmt::layer().with_writer(|| Line).with_ansi(false);
    let layer = match format {
        LogFormat::Text => lines.with_target(false).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    let logs = Registry::default().with(layer.with_filter(own));
    // A second start in one process (a test) keeps the first one's logs.
    let _ = tracing::subscriber::set_global_default(logs);
}

fn level(quiet: bool, verbose: u8) -> LevelFilter {
    match (quiet, verbose) {
        (true, _) => Level::ERROR.into(),
        (_, 0) => Level::WARN.into(),
        (_, 1) => Level::INFO.into(),
        (_, 2) => Level::DEBUG.into(),
        _ => Level::TRACE.into(),
    }
}

/// Writes whole events above the progress bar.
struct Line;

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        screen::raw(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
