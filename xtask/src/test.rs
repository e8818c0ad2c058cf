//! `cargo xtask test`: one private stack for the whole run, the built binary, then `cargo test` with its output as it is.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, ExitStatus};
use std::time::Duration;

use anyhow::Context as _;

use crate::setup::{self, Setup};
use crate::stack::proc_tree::Identity;
use crate::stack::{Ports, Stack, postgres, process};
use crate::up::commands::BINARY;
use crate::{directory, generators, interrupt, paths, say, settings, wait};

/// After a signal the tests may end by themselves (a terminal's Ctrl-C reached them too) before they are killed.
const GRACE: Duration = Duration::from_secs(3);

/// The test of a client in Rust, by its name in integration-tests.
const RUST_CLIENT: &str = "clients::a_client_in_rust";

/// The test of an upgrade and its rollback.
const UPGRADE: &str = "upgrade::the_release_before";

/// The test that replaces every key under load.
const ROTATION: &str = "rotation::every_key";

/// Runs the tests and returns cargo's own exit code.
pub fn test(arguments: &[String]) -> anyhow::Result<ExitCode> {
    test_with(arguments, &[])
}

/// Runs the test that generates, compiles and uses a client in Rust; `short` only checks its types.
pub fn foreign(short: bool) -> anyhow::Result<ExitCode> {
    let jar = say::step("check openapi-generator", |_| generators::openapi_generator())?;
    let arguments = ["-p", "integration-tests", RUST_CLIENT].map(ToOwned::to_owned);
    let mut extra = vec![("FOLKMOOT_TEST_OPENAPI_GENERATOR", jar.into_os_string())];
    if short {
        extra.push(("FOLKMOOT_TEST_CHECK_ONLY", "1".into()));
    }
    test_with(&arguments, &extra)
}

/// Runs the test of an upgrade from another build of `folkmoot`, and of the way back.
pub fn upgrade(from: &Path) -> anyhow::Result<ExitCode> {
    let from = fs::canonicalize(from)
        .with_context(|| format!("failed to find the release before, {}", from.display()))?;
    let arguments = ["-p", "integration-tests", UPGRADE].map(ToOwned::to_owned);
    test_with(&arguments, &[("FOLKMOOT_TEST_RELEASE_BEFORE", from.into_os_string())])
}

/// Runs the test that replaces every key under load.
pub fn rotation() -> anyhow::Result<ExitCode> {
    let arguments = ["-p", "integration-tests", ROTATION].map(ToOwned::to_owned);
    test_with(&arguments, &[("FOLKMOOT_TEST_ROTATION", "1".into())])
}

fn test_with(arguments: &[String], extra: &[(&str, OsString)]) -> anyhow::Result<ExitCode> {
    sweep_left_overs("test");
    let setup = setup::setup()?;
    let run = RunFolder::make("test")?;
    let stack =
        say::step("start PostgreSQL, Redis and Kafka", |_| Stack::start(&run.0, Ports::free()?))?;
    let binary = binary(&run.0)?;
    let postcodes = tests_package(arguments, "postcodes")
        .then(|| directory::ensure("FOLKMOOT_TEST_POSTCODES", &binary))
        .transpose()?;
    if settings::var("FOLKMOOT_TEST_DATA").is_none() {
        say::problem("FOLKMOOT_TEST_DATA is not set: the tests on the real extracts are left out");
    }
    let mut command = cargo_test(arguments);
    export(&mut command, &setup, &stack, &run.0, &binary);
    if let Some(postcodes) = postcodes {
        command.env("FOLKMOOT_TEST_POSTCODES", postcodes);
    }
    command.envs(extra.iter().map(|(name, value)| (name, value)));
    let status = attend(command.spawn().context("failed to start cargo test")?)?;
    say::step("stop PostgreSQL, Redis and Kafka", |_| stack.stop())?;
    drop(run);
    interrupt::check()?;
    Ok(code(status))
}

fn cargo_test(arguments: &[String]) -> Command {
    let mut command = paths::cargo();
    command.args(["test", "--locked"]);
    if names_packages(arguments) {
        command.args(arguments);
    } else {
        command.arg("--workspace").args(arguments);
    }
    command
}

/// Whether the tests of a package are among those that are run.
fn tests_package(arguments: &[String], package: &str) -> bool {
    let named = cargos_own(arguments).any(|it| it.trim_start_matches("-p").ends_with(package));
    named || !names_packages(arguments)
}

fn names_packages(arguments: &[String]) -> bool {
    cargos_own(arguments).any(|it| it.starts_with("-p") || it.starts_with("--package"))
}

/// Arguments of cargo itself, not of the tests.
fn cargos_own(arguments: &[String]) -> impl Iterator<Item = &String> {
    arguments.iter().take_while(|it| *it != "--")
}

fn export(command: &mut Command, setup: &Setup, stack: &Stack, run: &Path, binary: &Path) {
    command
        .env("DATABASE_URL", stack.postgres.url())
        .env("REDIS_URL", stack.redis.url())
        .env("KAFKA_BROKERS", stack.kafka.url())
        .env("FOLKMOOT_KAFKA_CLASSPATH", &setup.jars)
        .env("FOLKMOOT_TEST_PYTHON", &setup.python)
        .env("FOLKMOOT_TEST_NODE", &setup.node)
        .env("FOLKMOOT_TEST_GO", &setup.go)
        .env("FOLKMOOT_TEST_MMDB", &setup.mmdb)
        .env("FOLKMOOT_TEST_VERIFIER_JARS", &setup.verifier_jars)
        .env("FOLKMOOT_TEST_VERIFIER_GO", &setup.verifier_go)
        .env("FOLKMOOT_TEST_BIN", binary)
        .env("FOLKMOOT_TEST_DIR", run);
}

/// The `folkmoot` to test: the one that the environment names, else the one that is built now.
pub(crate) fn binary(run: &Path) -> anyhow::Result<PathBuf> {
    settings::var("FOLKMOOT_TEST_BIN")
        .map_or_else(|| build(run), |binary| Ok(PathBuf::from(binary)))
}

fn build(run: &Path) -> anyhow::Result<PathBuf> {
    say::step(&format!("build {BINARY} (dev)"), |step| {
        let mut command = paths::cargo();
        command.args(["build", "--locked", "--package", BINARY]);
        process::run_shown(step, "cargo build", &mut command, &run.join("build.log"))?;
        Ok(paths::target()?.join("debug").join(BINARY))
    })
}

/// Waits for a child; a signal ends it, and with it all that it started.
pub(crate) fn attend(mut child: Child) -> anyhow::Result<ExitStatus> {
    let identity = i32::try_from(child.id()).ok().and_then(Identity::of);
    loop {
        if let Some(status) = child.try_wait().context("failed to wait for a child")? {
            return Ok(status);
        }
        if interrupt::requested() {
            if !wait::patiently(GRACE, || child.try_wait().is_ok_and(|ended| ended.is_some())) {
                identity.map(Identity::kill_tree);
            }
            return child.wait().context("failed to wait for a child");
        }
        wait::pause();
    }
}

/// A child's exit code as our own.
pub(crate) fn code(status: ExitStatus) -> ExitCode {
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    code.map_or(ExitCode::FAILURE, ExitCode::from)
}

/// The folder of this run, gone with all that still runs from it when dropped.
pub(crate) struct RunFolder(pub(crate) PathBuf);

impl RunFolder {
    pub(crate) fn make(task: &str) -> anyhow::Result<Self> {
        let dir = paths::run().join(format!("{task}-{}", std::process::id()));
        remove(&dir);
        fs::create_dir_all(&dir).with_context(|| format!("failed to create {}", dir.display()))?;
        Ok(Self(dir))
    }
}

impl Drop for RunFolder {
    fn drop(&mut self) {
        remove(&self.0);
    }
}

fn remove(dir: &Path) {
    process::sweep(dir);
    let _ = postgres::remove(&dir.join("postgres"));
    for story in fs::read_dir(dir).into_iter().flatten().flatten() {
        let _ = postgres::remove(&story.path().join("postgres"));
    }
    let _ = fs::remove_dir_all(dir);
}

/// Removes folders of a task's runs that were killed before they could clean up, with all that still runs from them.
pub(crate) fn sweep_left_overs(task: &str) {
    for entry in fs::read_dir(paths::run()).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let owner = name.to_str().and_then(|name| name.strip_prefix(task)?.strip_prefix('-'));
        let Some(owner) = owner else { continue };
        let orphaned = owner.parse().is_ok_and(|pid| Identity::of(pid).is_none());
        if orphaned {
            remove(&entry.path());
        }
    }
}
