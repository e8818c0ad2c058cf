//! `cargo xtask up`: the whole suite on this machine with real parts, from nothing, and quickly the second time.

pub mod commands;
pub mod control;
pub mod environment;
pub mod logs;
pub mod parts;
pub mod state;
pub mod suite;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use self::parts::Parts;
use self::state::{Lock, RunDir, UpPorts};
use self::suite::Suite;
use crate::stack::packages;
use crate::stack::process::{self, Process};
use crate::{interrupt, paths, say, settings, wait};

/// Compiler flags of the C libraries in the `up` profile: quick to build.
pub(crate) const C_FLAGS: &str = "-O0 -g0";

/// What the user asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Return once it runs.
    pub detach: bool,
    /// How `folkmoot` is built.
    pub profile: Profile,
}

/// A build profile of the root `Cargo.toml`.
#[derive(Clone, Copy, Debug, Default)]
pub enum Profile {
    /// Quick to build and fast enough to try everything.
    #[default]
    Up,
    /// Quickest to build again after a change; slow to run.
    Dev,
    /// As benchmarks are built: slow to build, fastest to run.
    Release,
}

impl Profile {
    fn name(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Dev => "dev",
            Self::Release => "release",
        }
    }

    /// The folder under cargo's target directory.
    fn folder(self) -> &'static str {
        if matches!(self, Self::Dev) { "debug" } else { self.name() }
    }
}

/// Dropped in this order, the suite before its dependencies.
struct Running {
    all: Process,
    mail: Process,
    parts: Parts,
    suite: Suite,
}

/// Starts everything, prints where it is, and keeps running until Ctrl-C unless detached.
pub fn up(options: Options) -> anyhow::Result<()> {
    let run = RunDir(paths::run());
    let lock = Lock::take(&run)?;
    let ports = UpPorts::settle(&run)?;
    let mut running = start(&run, ports, options)?;
    if options.detach {
        running.all.detach();
        running.mail.detach();
        running.parts.detach();
        say::line(
            "It runs on. `cargo xtask status`, `logs NAME` and `down` are there when you need them.",
        );
        return Ok(());
    }
    say::line("Ctrl-C stops it.");
    let ended = attend(&mut running);
    say::problem("stopping …");
    drop(running);
    drop(lock);
    ended
}

fn start(run: &RunDir, ports: UpPorts, options: Options) -> anyhow::Result<Running> {
    say::step("check packages", |_| packages::ensure())?;
    let binary = build(run, options)?;
    let (started, addresses) = Parts::start(run, ports)?;
    link_logs(run)?;
    let mut suite =
        Suite { binary, environment: environment::of(run, &addresses)?, run: run.clone() };
    prepare(&mut suite)?;
    let mail = say::step("start the mail catcher", |_| suite.catch_mail(ports.mail))?;
    let all = say::step("start folkmoot", |_| suite.all())?;
    let state = run.at("demo.json");
    let first = !state.exists();
    let demo = say::step("make the demo tenant and campaign", |_| {
        suite.ask("demo", commands::demo(&state))
    })?;
    // The erasure at its end waits until caches have run out; not something to wait for at every start.
    say::step(&format!("run {}", commands::MAIN_JOB), |_| suite.main_job(first))?;
    welcome(run, &demo);
    Ok(Running { all, mail, parts: started, suite })
}

/// What must be there before `folkmoot all` starts; each step is skipped or quick when it was done before.
fn prepare(suite: &mut Suite) -> anyhow::Result<()> {
    let secrets = suite.run.at("secrets");
    // Adds what a newer version needs; what exists stays.
    say::step("make keys", |_| suite.run("keys", commands::generate_keys(&secrets)))?;
    environment::add_keys(&suite.run, &mut suite.environment)?;
    say::step("migrate the schemas", |_| suite.run("migrate", commands::migrate()))?;
    say::step("make the topics", |_| suite.run("topics", commands::topics()))?;
    import(suite, commands::POSTCODES, "2.7 million real postcodes", commands::import_postcodes)?;
    match import(suite, commands::PLACES, "the places of Britain", commands::import_places) {
        Ok(()) => {
            let places = suite.run.at(&format!("data/{}.bin", commands::PLACES));
            let places = places.to_string_lossy().into_owned();
            suite.environment.insert("FOLKMOOT_GEOLOCATION_PLACES".to_owned(), places);
        }
        Err(error) => say::problem(format!("{error:#}; geocoding will find postcodes only")),
    }
    Ok(())
}

/// Makes a data set's file, unless it is there.
fn import(
    suite: &Suite,
    name: &str,
    what: &str,
    command: fn(&Path) -> Vec<String>,
) -> anyhow::Result<()> {
    let file = suite.run.at(&format!("data/{name}.bin"));
    if file.exists() {
        return Ok(());
    }
    fs::create_dir_all(suite.run.at("data")).context("failed to create .run/data")?;
    // A half-written file must not count as done.
    let draft = suite.run.at(&format!("data/{name}.draft"));
    say::step(&format!("import {what}"), |step| {
        let mut command = suite.command(command(&draft));
        process::run_shown(step, "import", &mut command, &suite.run.log("import"))
    })?;
    fs::rename(&draft, &file).with_context(|| format!("failed to put the {name} in place"))
}

/// Builds the binary and returns its path. `FOLKMOOT_UP_BIN` names one that is built already.
fn build(run: &RunDir, options: Options) -> anyhow::Result<PathBuf> {
    if let Some(binary) = settings::var("FOLKMOOT_UP_BIN") {
        return Ok(PathBuf::from(binary));
    }
    let (profile, folder) = (options.profile.name(), options.profile.folder());
    say::step(&format!("build {} ({profile})", commands::BINARY), |step| {
        let mut command = paths::cargo();
        command.args(["build", "--locked", "--profile", profile, "--package", commands::BINARY]);
        if matches!(options.profile, Profile::Up) {
            // The C libraries otherwise choose -O2 and debug symbols, whatever the profile says.
            command.env("CFLAGS", C_FLAGS).env("CXXFLAGS", C_FLAGS);
        }
        process::run_shown(step, "cargo build", &mut command, &run.log("build"))?;
        Ok(paths::target()?.join(folder).join(commands::BINARY))
    })
}

/// The parts write beside their data; `.run/log` shows every log in one place.
fn link_logs(run: &RunDir) -> anyhow::Result<()> {
    fs::create_dir_all(run.at("log")).context("failed to create .run/log")?;
    for part in state::PARTS {
        let link = run.log(part);
        if !link.is_symlink() {
            std::os::unix::fs::symlink(format!("../{part}/{part}.log"), &link)
                .with_context(|| format!("failed to link {}", link.display()))?;
        }
    }
    Ok(())
}

fn attend(running: &mut Running) -> anyhow::Result<()> {
    while !interrupt::requested() {
        running.suite.refuse_dead("folkmoot", &mut running.all)?;
        running.suite.refuse_dead("catch-mail", &mut running.mail)?;
        wait::pause();
    }
    Ok(())
}

fn welcome(run: &RunDir, demo: &str) {
    say::line("");
    say::line(format!("Folkmoot runs: {}", commands::GATEWAY));
    say::line(format!("API pages:     {}/docs", commands::GATEWAY));
    say::line(format!("Caught emails: {}", run.at("mail").display()));
    say::line("Demo:");
    demo.lines().for_each(|line| say::line(format!("  {line}")));
    if let Some(url) = petition_page(demo) {
        say::line(format!("Petition page, once `{}` runs:", commands::SERVE_PAGE));
        say::line(format!("  {url}"));
    }
    say::line("");
}

/// The address at which examples/petition-page.html shows the demo's campaign.
fn petition_page(demo: &str) -> Option<String> {
    let demo: serde_json::Value = serde_json::from_str(demo).ok()?;
    let text = |name| demo.get(name)?.as_str();
    let (gateway, key) = (text("gateway")?, text("publishable_key")?);
    let campaign = text("campaign_id")?;
    Some(format!("{}?gateway={gateway}&key={key}&campaign={campaign}", commands::PAGE))
}
