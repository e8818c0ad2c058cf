//! What tests stand on: a schema per test on a real PostgreSQL, a booted service, callers with tokens, fakes that are servers.
//!
//! Tests run under `cargo xtask test`, which starts the real parts and names them in the environment.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a test helper that fails must stop its test"
)]

pub mod app;
pub mod caller;
pub mod db;
pub mod fakes;
pub mod migrations;
pub mod openapi;
pub mod pages;
pub mod schema;
mod source;
pub mod sql;
pub mod tenants;
pub mod wait;

/// A setting that `cargo xtask test` gives.
#[expect(
    clippy::disallowed_methods,
    reason = "tests are configured by the task runner, not by kit::config"
)]
pub fn setting(name: &str) -> String {
    std::env::var(name)
        .unwrap_or_else(|_| panic!("{name} is not set: run the tests with `cargo xtask test`"))
}

/// The folder of real extracts, when there is one; says in one line when a test is left out.
#[expect(clippy::print_stderr, reason = "a left-out test must be seen")]
pub fn real_data(test: &str) -> Option<std::path::PathBuf> {
    let found = std::env::var_os("FOLKMOOT_TEST_DATA").map(std::path::PathBuf::from);
    if found.is_none() {
        eprintln!("left out: {test} (FOLKMOOT_TEST_DATA names no folder)");
    }
    found
}
