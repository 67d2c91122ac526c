//! Ctrl-C and its like: the first asks the run to end with a partial report, the second ends the process at once.

use std::io;

use super::exit::Exit;
use super::screen;
use crate::engine::Stop;

/// Watches for the rest of the process's life.
pub(super) fn watch(stop: Stop) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut asked = {
        // Caught from here on, before anything is done.
        let _inside = runtime.enter();
        Asked::new()?
    };
    std::thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            runtime.block_on(async {
                asked.wait().await;
                stop.stop();
                screen::say("finishing what is under way; press Ctrl-C again to quit at once");
                asked.wait().await;
                quit();
            });
        })?;
    Ok(())
}

#[expect(
    clippy::exit,
    reason = "asked twice, the user wants the process gone, whatever it is doing"
)]
fn quit() {
    std::process::exit(i32::from(Exit::Interrupted.code()));
}

#[cfg(unix)]
struct Asked(tokio::signal::unix::Signal, tokio::signal::unix::Signal);

#[cfg(unix)]
impl Asked {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self(
            signal(SignalKind::interrupt())?,
            signal(SignalKind::terminate())?,
        ))
    }

    async fn wait(&mut self) {
        tokio::select! {
            _ = self.0.recv() => {}
            _ = self.1.recv() => {}
        }
    }
}

#[cfg(windows)]
struct Asked(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Asked {
    fn new() -> io::Result<Self> {
        Ok(Self(tokio::signal::windows::ctrl_c()?))
    }

    async fn wait(&mut self) {
        self.0.recv().await;
    }
}
