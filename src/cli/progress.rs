//! The progress line of a run: on stderr, only on a terminal, gone when the run ends.

use std::io::{self, IsTerminal as _};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use indicatif::{BinaryBytes, HumanCount, HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::screen;
use crate::engine::Progress;

/// How often the line changes.
const BEAT: Duration = Duration::from_millis(200);

/// A line that is shown until it is dropped.
pub(super) struct Shown(Option<(Sender<()>, JoinHandle<()>)>);

/// Shows the progress of a run, unless nobody would see it.
pub(super) fn show(progress: &Arc<Progress>, wanted: bool) -> Shown {
    if !wanted || !io::stderr().is_terminal() {
        return Shown(None);
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
        bar.set_style(style);
    }
    screen::show(Some(bar.clone()));
    let (end, ended) = mpsc::channel();
    let progress = progress.clone();
    let begun = Instant::now();
    let beat = move || {
        while let Err(RecvTimeoutError::Timeout) = ended.recv_timeout(BEAT) {
            bar.set_message(line(&progress, begun.elapsed()));
            bar.tick();
        }
    };
    Shown(
        std::thread::Builder::new()
            .name("progress".into())
            .spawn(beat)
            .ok()
            .map(|thread| (end, thread)),
    )
}

impl Drop for Shown {
    fn drop(&mut self) {
        if let Some((end, thread)) = self.0.take() {
            drop(end);
            // Its own panic was reported when it happened.
            let _ = thread.join();
            screen::show(None);
        }
    }
}

fn line(progress: &Progress, elapsed: Duration) -> String {
    let (objects, bytes) = (progress.objects.load(Relaxed), progress.bytes.load(Relaxed));
    let (listed, all) = (progress.listed.load(Relaxed), progress.listed_bytes.load(Relaxed));
    let known = progress.listing_done.load(Relaxed);
    let rate = bytes as f64 / elapsed.as_secs_f64().max(0.001);
    let more = if known { "" } else { "+" };
    let mut line = format!(
        "{} of {}{more} objects · {} of {}{more} · {}/s · {} findings",
        HumanCount(objects),
        HumanCount(listed),
        BinaryBytes(bytes),
        BinaryBytes(all),
        BinaryBytes(rate as u64),
        HumanCount(progress.findings.load(Relaxed)),
    );
    if known && rate >= 1.0 {
        let left = Duration::from_secs_f64(all.saturating_sub(bytes) as f64 / rate);
        line.push_str(&format!(" · {} left", HumanDuration(left)));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_is_said_once_everything_is_listed() {
        let progress = Progress::default();
        progress.listed.store(2000, Relaxed);
        progress.listed_bytes.store(4 << 20, Relaxed);
        progress.objects.store(1000, Relaxed);
        progress.bytes.store(1 << 20, Relaxed);
        progress.findings.store(7, Relaxed);
        let second = Duration::from_secs(1);
        assert_eq!(
            line(&progress, second),
            "1,000 of 2,000+ objects · 1.00 MiB of 4.00 MiB+ · 1.00 MiB/s · 7 findings"
        );
        progress.listing_done.store(true, Relaxed);
        assert!(line(&progress, second).ends_with("4.00 MiB · 1.00 MiB/s · 7 findings · 3 seconds left"));
    }
}
