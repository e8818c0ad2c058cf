//! `cargo xtask`: the command line over the library.

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use xtask::stack::jars;
use xtask::up::state::RunDir;
use xtask::up::{self, control, logs};
use xtask::{
    alerts, bench, chaos, chart, cluster, image, interrupt, oracle, paths, restore_drill, say,
    setup, test, tidy,
};

/// The task runner of Folkmoot.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
struct Line {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Run the whole suite on this machine, with real PostgreSQL, Kafka and Redis.
    Up {
        /// Return as soon as it is running.
        #[arg(long)]
        detach: bool,
        /// Build without optimisation: quickest to build again after a change, slow to run.
        #[arg(long, conflicts_with = "release")]
        dev: bool,
        /// Build with the release profile: slow to build, fastest to run.
        #[arg(long)]
        release: bool,
    },
    /// Stop everything that `up` started.
    Down,
    /// Show what is running.
    Status,
    /// Show the log of a service, of a server such as Kafka, or of a step of `up`.
    Logs {
        /// gateway, campaigns, …, folkmoot, catch-mail, postgres, redis, kafka
        name: String,
        /// Keep showing new lines.
        #[arg(long, short)]
        follow: bool,
    },
    /// Stop everything and delete all data.
    Reset,
    /// Install and download what the build and the tests need.
    Setup,
    /// Run all tests, with real PostgreSQL, Kafka and Redis; arguments after `--` go to `cargo test`.
    Test {
        /// For `cargo test`.
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// Run the test that takes minutes: generate a Rust client from the OpenAPI document, compile it and use it.
    Foreign {
        /// Only check the types of the client.
        #[arg(long)]
        short: bool,
    },
    /// Run the release before on this version's schema under load, then both, then this one alone, and back again.
    Upgrade {
        /// The `folkmoot` binary of the release before.
        #[arg(long, value_name = "BINARY")]
        from: PathBuf,
    },
    /// Replace every key under load, in the three rollouts of docs/operations.md, with two replicas of each service.
    Rotation,
    /// Benchmark a release build of the suite on this machine.
    Bench {
        /// What to measure; everything by default.
        #[arg(value_enum, default_value_t = bench::What::All)]
        what: bench::What,
        /// How long each load lasts at most.
        #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u16).range(2..=3600))]
        seconds: u16,
        /// Compare with another build, the `folkmoot` binary or a commit, in alternating rounds of this many seconds each.
        #[arg(long, value_name = "BINARY|COMMIT")]
        against: Option<String>,
    },
    /// Break everything that the suite runs on, under load, and compare what was accepted with what came out.
    Chaos {
        /// What is broken.
        #[arg(value_enum, default_value_t = chaos::What::All, conflicts_with = "cluster")]
        what: chaos::What,
        /// How long failures are made.
        #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=120))]
        minutes: u64,
        /// Draws the failures; the same seed draws the same ones. Another one each time by default.
        #[arg(long)]
        seed: Option<u64>,
        /// New supporters per second.
        #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=100))]
        rate: u32,
        /// The pods of the chart on `cargo xtask cluster`, in a profile, instead of processes.
        #[arg(long, value_name = "PROFILE", num_args = 0..=1, default_missing_value = "small")]
        cluster: Option<String>,
    },
    /// Time signatures by people whom an organisation knows and by others, and fail if the time reveals which is which.
    Oracle {
        /// How many tries of both kinds are compared.
        #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u32).range(20..=50_000))]
        tries: u32,
    },
    /// Build the container image, without Docker and without a registry.
    Image {
        /// Only put the image's files into this folder, as Containerfile does.
        #[arg(long, value_name = "FOLDER")]
        files: Option<PathBuf>,
        /// Take the binary that `up` builds: minutes less, larger, to try something on the cluster.
        #[arg(long, conflicts_with = "files")]
        quick: bool,
    },
    /// Run a real Kubernetes of one node on this machine.
    Cluster {
        #[command(subcommand)]
        task: cluster::Task,
    },
    /// Check the Helm chart: lint, unit tests, schemas, and an API server where `KUBECONFIG` names one.
    Chart {
        /// Only make the files that are made from others: the schema of the values, tables, the rendered overlay.
        #[arg(long)]
        write: bool,
    },
    /// Check and test the chart's alerts and dashboards: rules, runbooks, owners, metrics.
    Alerts {
        /// Only make the dashboards for Grafana from their sources.
        #[arg(long)]
        write: bool,
        /// Watch the suite of `cargo xtask up` with a real Prometheus, and evaluate every query.
        #[arg(long, conflicts_with = "write")]
        live: bool,
        /// Make failures in that suite, each until its alerts would fire: all of them, or those with these words in their name.
        #[arg(long, conflicts_with_all = ["write", "live"], value_name = "WORDS", num_args = 0..=1, default_missing_value = "")]
        failures: Option<String>,
        /// A `folkmoot` of another commit, for the alert about two builds.
        #[arg(long, requires = "failures", value_name = "BINARY")]
        other_build: Option<PathBuf>,
    },
    /// Back up two databases, destroy them, restore them, and check what came back.
    RestoreDrill {
        /// Do not wait for the archive's own timeout, and do not measure what a crash loses.
        #[arg(long)]
        short: bool,
        /// Fill the services' database with this many GB first.
        #[arg(long, value_name = "GB", default_value_t = 0)]
        size: u32,
    },
    /// Check the rules of docs/STYLE.md that no compiler checks.
    Tidy,
    /// Regenerate every jars.sha256 from the pom beside it.
    JarsLock,
}

fn main() -> ExitCode {
    let task = Line::parse().task;
    match interrupt::install().and_then(|()| run(task)) {
        Ok(code) => code,
        Err(error) if error.is::<interrupt::Interrupted>() => {
            say::problem("interrupted; nothing is left running, and running it again resumes");
            ExitCode::from(130)
        }
        Err(error) => {
            say::problem(format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> anyhow::Result<ExitCode> {
    let run = RunDir(paths::run());
    match task {
        Task::Up { detach, dev, release } => {
            let profile = match (dev, release) {
                (true, _) => up::Profile::Dev,
                (_, true) => up::Profile::Release,
                _ => up::Profile::Up,
            };
            up::up(up::Options { detach, profile })?;
        }
        Task::Down => control::down(&run)?,
        Task::Status => control::status(&run)?,
        Task::Logs { name, follow } => logs::logs(&run, &name, follow)?,
        Task::Reset => control::reset(&run)?,
        Task::Setup => {
            let done = setup::setup()?;
            say::line(format!("FOLKMOOT_KAFKA_CLASSPATH={}", done.jars.display()));
            say::line(format!("FOLKMOOT_TEST_PYTHON={}", done.python.display()));
            say::line(format!("FOLKMOOT_TEST_NODE={}", done.node.display()));
            say::line(format!("FOLKMOOT_TEST_GO={}", done.go.display()));
            say::line(format!("FOLKMOOT_TEST_MMDB={}", done.mmdb.display()));
            say::line(format!("FOLKMOOT_TEST_VERIFIER_JARS={}", done.verifier_jars.display()));
            say::line(format!("FOLKMOOT_TEST_VERIFIER_GO={}", done.verifier_go.display()));
        }
        Task::Test { arguments } => return test::test(&arguments),
        Task::Foreign { short } => return test::foreign(short),
        Task::Upgrade { from } => return test::upgrade(&from),
        Task::Rotation => return test::rotation(),
        Task::Bench { what, seconds, against } => match against {
            Some(other) => bench::compare(&other, what, seconds)?,
            None => bench::bench(what, seconds)?,
        },
        Task::Chaos { what, minutes, seed, rate, cluster } => {
            let seed = seed.map_or_else(chaos::any_seed, Ok)?;
            let Some(profile) = cluster else { return chaos::chaos(what, minutes, seed, rate) };
            cluster::chaos(&profile, minutes, seed, rate)?;
        }
        Task::Oracle { tries } => return oracle::oracle(tries),
        Task::Image { files, quick } => {
            let kind = if quick { image::Kind::Quick } else { image::Kind::Released };
            image::image(files.as_deref(), kind)?;
        }
        Task::Cluster { task } => cluster::run(&task)?,
        Task::Chart { write } => chart::chart(write)?,
        Task::Alerts { write, live, failures, other_build } => {
            alerts::alerts(&match (write, live, failures) {
                (true, ..) => alerts::What::Write,
                (_, true, _) => alerts::What::Live,
                (.., Some(name)) => {
                    alerts::What::Failures(alerts::failures::Choice { name, other_build })
                }
                _ => alerts::What::Check,
            })?;
        }
        Task::RestoreDrill { short, size } => restore_drill::drill(short, size)?,
        Task::Tidy => tidy::run()?,
        Task::JarsLock => {
            for jars in [jars::KAFKA, jars::OPENAPI_GENERATOR, jars::VERIFIER] {
                say::line(format!("wrote {}", jars.write_list()?.display()));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
