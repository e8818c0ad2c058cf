//! The judgement of a real API server, where `KUBECONFIG` names one: unknown fields, list keys that occur twice, CEL rules of
//! custom resources, pod security. Nothing stays but
//! the definitions of custom resources. `helm install --dry-run=server` would not send the objects.

use std::io::Write as _;
use std::process::Stdio;

use anyhow::{Context as _, ensure};

use super::helm::{RELEASE, Render, text};
use super::tools::Tools;
use crate::{paths, say, settings};

/// Sends every set to the cluster, to be checked only. Without a cluster it says so, and gives `None`.
pub(super) fn check(tools: &Tools, renders: &[Render]) -> Option<bool> {
    if settings::var("KUBECONFIG").is_none() {
        say::problem(
            "- skipped: send to an API server, to be checked only (no KUBECONFIG; `cargo xtask cluster up` starts one)",
        );
        return None;
    }
    Some(super::check("send to the API server, to be checked only", || {
        super::define(tools.kubectl(), &paths::run().join("kubectl.log"))?;
        // Admission looks up the namespace, and the account of a pod, also in a dry run.
        apply(tools, "the namespace", &namespace(), &[])?;
        let how = ["--dry-run=server", "--warnings-as-errors"];
        let checked = renders.iter().try_for_each(|it| {
            apply(tools, &it.set.name, &accounts(&it.yaml), &[])?;
            apply(tools, &it.set.name, &it.yaml, &how)
        });
        let mut delete = tools.kubectl();
        delete.args(["delete", "namespace", RELEASE, "--wait=false"]).stdout(Stdio::null());
        checked.and(delete.status().map(drop).context("failed to start kubectl"))
    }))
}

fn namespace() -> String {
    let level = "restricted";
    format!(
        "{{apiVersion: v1, kind: Namespace, metadata: {{name: {RELEASE}, labels: \
         {{pod-security.kubernetes.io/enforce: {level}, pod-security.kubernetes.io/warn: {level}}}}}}}"
    )
}

/// The accounts among the objects of a chart.
fn accounts(yaml: &str) -> String {
    let is_account = |object: &&str| object.contains("\nkind: ServiceAccount\n");
    yaml.split("\n---").filter(is_account).collect::<Vec<_>>().join("\n---")
}

fn apply(tools: &Tools, name: &str, yaml: &str, how: &[&str]) -> anyhow::Result<()> {
    let mut kubectl = tools.kubectl();
    kubectl.args(["apply", "--server-side", "--namespace", RELEASE, "--filename", "-"]).args(how);
    kubectl.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = kubectl.spawn().context("failed to start kubectl")?;
    let mut input = child.stdin.take().context("kubectl has no input")?;
    input.write_all(yaml.as_bytes()).context("kubectl did not read")?;
    drop(input);
    let output = child.wait_with_output().context("failed to wait for kubectl")?;
    ensure!(output.status.success(), "{name}: {}", text(&output));
    Ok(())
}
