//! What imports share: a progress bar, and the folder for downloads.

use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressStyle};
use kit::config::Env;
use postcodes::import::progress::Step;

pub(super) fn bar() -> anyhow::Result<ProgressBar> {
    let style = ProgressStyle::with_template("{msg} {wide_bar} {percent}% {elapsed}")?;
    Ok(ProgressBar::new(0).with_style(style))
}

pub(super) fn show(bar: &ProgressBar, step: Step) {
    bar.set_message(step.what);
    bar.set_length(step.total);
    bar.set_position(step.done);
}

pub(super) fn cache_folder(named: Option<PathBuf>) -> PathBuf {
    let mut env = Env::from_process();
    let named = named.or_else(|| env.optional("FOLKMOOT_CACHE").map(PathBuf::from));
    let base = named.or_else(|| env.optional("XDG_CACHE_HOME").map(PathBuf::from));
    let base = base.or_else(|| env.optional("HOME").map(|home| Path::new(&home).join(".cache")));
    base.unwrap_or_else(std::env::temp_dir).join("folkmoot")
}
