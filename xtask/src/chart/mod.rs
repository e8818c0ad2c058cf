//! `cargo xtask chart`: what must hold of the Helm chart in `helm/folkmoot`. Cheapest first: files made from the annotated
//! values, its table of services against the code, lint, what is rendered by Helm 3 and 4, unit tests, the schemas of
//! Kubernetes and of custom resources, and, where `KUBECONFIG` names a cluster, the API server's own judgement.

mod admission;
mod annotated;
mod code;
mod conform;
mod generated;
mod helm;
mod object;
mod rules;
mod strimzi;
mod table;
mod tools;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::ensure;

use self::helm::Helm;
use self::table::Table;
use self::tools::Tools;
use crate::stack::process;
use crate::{paths, say};

/// The chart's folder.
pub(crate) fn folder() -> PathBuf {
    paths::root().join("helm/folkmoot")
}

/// The custom resources that the chart may make.
const CUSTOM: [&str; 6] = [
    "externalsecrets.external-secrets.io",
    "httproutes.gateway.networking.k8s.io",
    "prometheusrules.monitoring.coreos.com",
    "scaledobjects.keda.sh",
    "servicemonitors.monitoring.coreos.com",
    "triggerauthentications.keda.sh",
];

/// Further ones, without which KEDA does not start.
const KEDA: [&str; 4] = [
    "cloudeventsources.eventing.keda.sh",
    "clustercloudeventsources.eventing.keda.sh",
    "clustertriggerauthentications.keda.sh",
    "scaledjobs.keda.sh",
];

/// Further ones, without which a controller of Gateway API does not start.
const GATEWAY_API: [&str; 6] = [
    "backendtlspolicies.gateway.networking.k8s.io",
    "gatewayclasses.gateway.networking.k8s.io",
    "gateways.gateway.networking.k8s.io",
    "grpcroutes.gateway.networking.k8s.io",
    "referencegrants.gateway.networking.k8s.io",
    "tlsroutes.gateway.networking.k8s.io",
];

/// Defines the custom resources that the chart may make on a cluster, without the operators that act on them.
pub(crate) fn define(mut kubectl: Command, log: &Path) -> anyhow::Result<()> {
    let definitions = conform::schemas()?.join("definitions");
    kubectl.args(["apply", "--server-side"]);
    for name in CUSTOM.into_iter().chain(KEDA).chain(GATEWAY_API) {
        kubectl.arg("--filename").arg(definitions.join(format!("{name}.json")));
    }
    process::run("kubectl", &mut kubectl, log)
}

/// Checks the chart; with `write`, only makes what is made from something else. Every check runs, whatever another one found.
pub fn chart(write: bool) -> anyhow::Result<()> {
    if write {
        return generated::write(&tools::helm4()?);
    }
    let table = Table::read()?;
    let tools =
        say::step("check helm, kubectl, helm-unittest and kubeconform", |_| Tools::ensure())?;
    let renders = say::step("render with Helm 4, and Helm 3 the same", |_| {
        helm::render_all(&tools.helm4, &tools.helm3)
    })?;
    let checks = [
        check("compare files that are made from others", || {
            report(&generated::check(&tools.helm4)?)
        }),
        check("compare the table of services with the code", || report(&code::compare(&table)?)),
        check("lint", || lint(&tools)),
        check("check what is rendered", || report(&rules::check(&renders, &table))),
        check("run the unit tests", || tools.unittest()),
        check("compare with the schemas", || conform::check(&tools, &renders)),
    ];
    let sent = admission::check(&tools, &renders);
    let failed = checks.into_iter().chain(sent).filter(|passed| !passed).count();
    ensure!(failed == 0, "{failed} check(s) of the chart failed");
    let passed = checks.len() + usize::from(sent.is_some());
    let skipped = usize::from(sent.is_none());
    say::line(format!("{passed} checks of the chart passed, {skipped} skipped"));
    Ok(())
}

/// Runs one check, and prints why it failed.
fn check(name: &str, work: impl FnOnce() -> anyhow::Result<()>) -> bool {
    let outcome = say::step(name, |_| work());
    if let Err(error) = &outcome {
        say::problem(format!("{error:#}"));
    }
    outcome.is_ok()
}

fn lint(tools: &Tools) -> anyhow::Result<()> {
    let mut errors = Vec::new();
    for helm in [&tools.helm4, &tools.helm3] {
        for set in helm::sets()? {
            errors.extend(helm.lint(&set)?);
        }
    }
    report(&errors)
}

/// Prints all errors, and fails if there is one.
fn report(errors: &[String]) -> anyhow::Result<()> {
    for error in errors {
        say::problem(error);
    }
    ensure!(errors.is_empty(), "{} error(s)", errors.len());
    Ok(())
}

impl Helm {
    fn lint(&self, set: &helm::Set) -> anyhow::Result<Option<String>> {
        let output = self.run(&["lint", "--strict"], &[], set)?;
        Ok((!output.status.success()).then(|| format!("{}: {}", set.name, helm::text(&output))))
    }
}
