//! What the user sees: plain lines on standard output, and steps with a spinner on a terminal or a few lines in a log.

use std::cell::RefCell;
use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// Outside a terminal, a long step reports its progress this often.
const PROGRESS_EVERY: Duration = Duration::from_secs(15);

/// Writes one line. A closed pipe is not a reason to stop.
pub fn line(text: impl AsRef<str>) {
    let _ = writeln!(std::io::stdout().lock(), "{}", text.as_ref());
}

/// Writes one line to standard error.
pub fn problem(text: impl AsRef<str>) {
    let _ = writeln!(std::io::stderr().lock(), "{}", text.as_ref());
}

/// Runs one step: shows it while it runs, and how long it took when it ends.
pub fn step<T>(label: &str, work: impl FnOnce(&Step) -> anyhow::Result<T>) -> anyhow::Result<T> {
    let step = Step::begin(label);
    let result = work(&step);
    step.end(result.is_ok());
    result
}

/// A running step.
pub struct Step {
    label: String,
    bar: Option<ProgressBar>,
    started: Instant,
    reported: RefCell<(Instant, String)>,
}

impl Step {
    fn begin(label: &str) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let bar = terminal.then(|| {
            let bar = ProgressBar::new_spinner().with_message(label.to_owned());
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(100));
            bar
        });
        if !terminal {
            problem(format!("… {label}"));
        }
        Self {
            label: label.to_owned(),
            bar,
            started: Instant::now(),
            reported: RefCell::new((Instant::now(), String::new())),
        }
    }

    /// Reports what the step is doing now. Outside a terminal that is one line every 15 seconds, and only if it changed.
    pub fn detail(&self, text: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(format!("{}: {text}", self.label));
            return;
        }
        let mut reported = self.reported.borrow_mut();
        let (at, last) = &mut *reported;
        if at.elapsed() >= PROGRESS_EVERY && !text.is_empty() && last != text {
            problem(format!("  … {text}"));
            (*at, *last) = (Instant::now(), text.to_owned());
        }
    }

    fn end(self, ok: bool) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        let mark = if ok { "✓" } else { "✗" };
        problem(format!("{mark} {} ({:.1} s)", self.label, self.started.elapsed().as_secs_f64()));
    }
}
