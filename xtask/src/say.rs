//! What the user sees: plain lines on standard output, and steps with a spinner on a terminal or two lines in a log.

use std::cell::Cell;
use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// A log is told what a long step does no oftener than this.
const BETWEEN_LINES: Duration = Duration::from_secs(20);

/// Writes one line. A closed pipe is no reason to stop.
pub fn line(text: impl AsRef<str>) {
    let _ = writeln!(std::io::stdout().lock(), "{}", text.as_ref());
}

/// Writes one line to standard error.
pub fn problem(text: impl AsRef<str>) {
    let _ = writeln!(std::io::stderr().lock(), "{}", text.as_ref());
}

/// Runs one step, shown while it lasts, and its time when it ends.
pub fn step<T>(label: &str, work: impl FnOnce(&Step) -> anyhow::Result<T>) -> anyhow::Result<T> {
    let step = Step::begin(label);
    let result = work(&step);
    step.end(result.is_ok());
    result
}

/// A step under way.
pub struct Step {
    label: String,
    bar: Option<ProgressBar>,
    begun: Instant,
    told: Cell<Instant>,
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
            begun: Instant::now(),
            told: Cell::new(Instant::now()),
        }
    }

    /// Tells what the step is doing now; outside a terminal only now and then.
    pub fn detail(&self, text: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(format!("{}: {text}", self.label));
        } else if self.told.get().elapsed() > BETWEEN_LINES {
            self.told.set(Instant::now());
            problem(format!("  … {text}"));
        }
    }

    fn end(self, ok: bool) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        let mark = if ok { "✓" } else { "✗" };
        problem(format!("{mark} {} ({:.1} s)", self.label, self.begun.elapsed().as_secs_f64()));
    }
}
