//! Helpers for tests: a schema per test in a real PostgreSQL, a running service, callers with tokens, and fake servers.
//!
//! Tests run under `cargo xtask test`, which starts PostgreSQL, Redis and Kafka and sets their addresses in the
//! environment.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a test helper that fails must stop its test"
)]

pub mod app;
pub mod balancer;
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

/// A setting of the environment, made by `cargo xtask test`.
#[expect(
    clippy::disallowed_methods,
    reason = "tests are configured by the task runner, not by kit::config"
)]
pub fn setting(name: &str) -> String {
    std::env::var(name)
        .unwrap_or_else(|_| panic!("{name} is not set: run the tests with `cargo xtask test`"))
}

/// The folder with extracts of real data, if `FOLKMOOT_TEST_DATA` names one; otherwise prints that `test` is skipped.
#[expect(clippy::print_stderr, reason = "a skipped test must be noticed")]
pub fn real_data(test: &str) -> Option<std::path::PathBuf> {
    let folder = std::env::var_os("FOLKMOOT_TEST_DATA").map(std::path::PathBuf::from);
    if folder.is_none() {
        eprintln!("skipped: {test} (FOLKMOOT_TEST_DATA is not set)");
    }
    folder
}
