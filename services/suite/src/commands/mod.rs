//! The commands, and how they speak: results on standard output, everything else on standard error.

mod areas;
pub(crate) mod demo;
pub(crate) mod import;
pub(crate) mod keys;
pub(crate) mod mail;
pub(crate) mod places;
mod progress;
pub(crate) mod serve;
pub(crate) mod stores;
pub(crate) mod tenant;

/// Tells a result.
#[expect(clippy::print_stdout, reason = "the result of a command line tool")]
pub(crate) fn tell(text: &str) {
    println!("{text}");
}

/// Tells a fault.
#[expect(clippy::print_stderr, reason = "the complaint of a command line tool")]
pub(crate) fn complain(text: &str) {
    eprintln!("folkmoot: {text}");
}
