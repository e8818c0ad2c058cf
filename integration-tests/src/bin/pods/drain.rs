//! Nodes that are emptied under load.

use anyhow::ensure;

use crate::{command::run, load::under_load, release::Release, story::Story};

/// As `cargo xtask cluster up --second-node` names them.
const NODES: [&str; 2] = ["node1", "fm-node2"];
/// The cluster's own DNS server has one pod, which stays.
const SELECTOR: &str = "--pod-selector=app.kubernetes.io/instance=folkmoot";

/// Drains the second node, then the first one when pods can go nowhere else.
pub(crate) async fn drain(release: &Release, story: &Story) -> anyhow::Result<()> {
    let result = both(release, story).await;
    for node in NODES {
        run("kubectl", &["uncordon", node])?;
    }
    result?;
    release.await_rollouts()
}

async fn both(release: &Release, story: &Story) -> anyhow::Result<()> {
    let [first, second] = NODES;
    ensure!(!pods_on(release, second)?.is_empty(), "no pod runs on {second}");
    under_load(release, story, "drain", |release| {
        empty(second, "5m")?;
        let left = pods_on(release, second)?;
        ensure!(left.is_empty(), "left on {second}: {left}");
        release.await_rollouts()
    })
    .await?;
    // The second node is still closed.
    under_load(release, story, "refused-drain", |release| {
        let Err(refused) = empty(first, "60s") else {
            anyhow::bail!("{first} was drained although pods could go nowhere");
        };
        let refused = format!("{refused:#}");
        ensure!(refused.contains("disruption budget"), "{refused}");
        ensure!(!pods_on(release, first)?.is_empty(), "no pod runs on {first}");
        Ok(())
    })
    .await
}

fn empty(node: &str, timeout: &str) -> anyhow::Result<()> {
    let timeout = format!("--timeout={timeout}");
    run("kubectl", &["drain", node, SELECTOR, "--delete-emptydir-data", &timeout]).map(drop)
}

/// The names of pods on a node that serve.
fn pods_on(release: &Release, node: &str) -> anyhow::Result<String> {
    let running = format!("spec.nodeName={node},status.phase=Running");
    release.kubectl(&["get", "pods", "--output=name", "--field-selector", &running])
}
