//! The commands, and how they print: results on standard output, everything else on standard error.

mod areas;
pub(crate) mod demo;
pub(crate) mod import;
pub(crate) mod keys;
pub(crate) mod mail;
pub(crate) mod places;
mod progress;
pub(crate) mod ready;
pub(crate) mod serve;
pub(crate) mod stores;
pub(crate) mod tenant;

/// Prints a result.
#[expect(clippy::print_stdout, reason = "the result of a command line tool")]
pub(crate) fn print(text: &str) {
    println!("{text}");
}

/// Prints an error.
#[expect(clippy::print_stderr, reason = "the error of a command line tool")]
pub(crate) fn print_error(text: &str) {
    eprintln!("folkmoot: {text}");
}
