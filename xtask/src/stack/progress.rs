//! What a long command is doing, read from the end of its log.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::process::Command;

/// How much of the log's end is read, in bytes: more than one line of a progress bar.
const TAIL_BYTES: u64 = 600;

/// Has cargo draw its progress bar into a log, where [`last`] finds it.
pub(super) fn enable(command: &mut Command) {
    command.env("CARGO_TERM_PROGRESS_WHEN", "always").env("CARGO_TERM_PROGRESS_WIDTH", "100");
}

/// What a command that writes to `log` is doing, in a form that fits one line.
pub(super) fn last(log: &Path) -> String {
    describe(&tail(log).unwrap_or_default())
}

fn tail(log: &Path) -> std::io::Result<String> {
    let mut file = File::open(log)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The last state of cargo's progress bar, `Building [==> ] 12/540: serde, syn`, as `12 of 540 crates: serde, syn`; without
/// a bar, the last line as it is.
fn describe(tail: &str) -> String {
    let lines = || tail.rsplit(['\n', '\r']).map(str::trim).filter(|line| !line.is_empty());
    let bar = lines().find_map(|line| {
        let (_, counted) = line.strip_prefix("Building [")?.split_once("] ")?;
        let (counts, names) = counted.split_once(": ")?;
        let (done, all) = counts.split_once('/')?;
        Some(format!("{done} of {all} crates: {names}"))
    });
    bar.unwrap_or_else(|| lines().next().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_progress_bar_becomes_a_count_and_other_lines_stay() {
        let bar = "   Compiling a v1\n    Building [=>   ] 12/540: serde, syn        \r";
        assert_eq!(describe(bar), "12 of 540 crates: serde, syn");
        let line = "    Building [=>   ] 12/540: serde        \r   Compiling b v2\n";
        assert_eq!(describe(line), "12 of 540 crates: serde");
        assert_eq!(describe("rows 1\nrows 2\n"), "rows 2");
        assert_eq!(describe(""), "");
    }
}
