//! `cargo xtask alerts`: what must hold of the chart's alerts and dashboards. The rules are checked and tested by Prometheus' own
//! promtool; each alert has an owner, a runbook and a test, and no query asks for a metric that docs/metrics.md does not list.
//! A real Prometheus can watch the suite that runs on this machine, evaluate every query, and see alerts fire by real failures.

mod checks;
mod dashboards;
pub mod failures;
mod files;
mod grafana;
mod live;
mod promtool;
mod query;
mod traffic;

use anyhow::ensure;

use self::dashboards::Dashboard;
use self::failures::Choice;
use self::files::Files;
use self::live::Prometheus;
use crate::say;
use crate::stack::packages;

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// Check what no running suite is needed for.
    Check,
    /// Make the dashboards for Grafana from their sources.
    Write,
    /// Evaluate every query on the running suite.
    Live,
    /// Make failures in the running suite until their alerts would fire.
    Failures(Choice),
}

/// Does it.
pub fn alerts(what: &What) -> anyhow::Result<()> {
    let dashboards = Dashboard::all()?;
    if *what == What::Write {
        return grafana::write(&dashboards);
    }
    say::step("check packages", |_| packages::require(&["prometheus"]))?;
    let files = Files::read()?;
    if *what == What::Check {
        return check(&files, &dashboards);
    }
    if let What::Failures(choice) = what {
        packages::require(&["pgbackrest", "jq"])?;
        return failures::check(&files, choice);
    }
    let prometheus = say::step("start Prometheus", |_| Prometheus::start(&files))?;
    live::check(&files, &dashboards, &prometheus)
}

/// Runs every check, whatever another one found.
fn check(files: &Files, dashboards: &[Dashboard]) -> anyhow::Result<()> {
    let checks = [
        passes("check the rules and queries", || promtool::check(files, dashboards)),
        passes("test the rules", || promtool::test(files)),
        passes("compare alerts with metrics, runbooks and tests", || report(&checks::all(files))),
        passes("compare dashboards with metrics and their files", || {
            report(&checks::of_dashboards(files, dashboards))
        }),
    ];
    let failed = checks.iter().filter(|passed| !**passed).count();
    ensure!(failed == 0, "{failed} check(s) of the alerts failed");
    say::line(format!(
        "{} alerts and {} dashboards hold",
        files.alerts().count(),
        dashboards.len()
    ));
    Ok(())
}

/// Runs one check, and prints why it failed.
fn passes(name: &str, work: impl FnOnce() -> anyhow::Result<()>) -> bool {
    let outcome = say::step(name, |_| work());
    if let Err(error) = &outcome {
        say::problem(format!("{error:#}"));
    }
    outcome.is_ok()
}

/// Prints all findings, and fails if there is one.
fn report(findings: &[String]) -> anyhow::Result<()> {
    for finding in findings {
        say::problem(finding);
    }
    ensure!(findings.is_empty(), "{} finding(s)", findings.len());
    Ok(())
}
