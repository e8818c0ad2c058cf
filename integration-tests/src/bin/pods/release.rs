//! An installation of the chart in a namespace of its own, which enforces the strictest pod security.

use std::{fs, path::PathBuf};

use anyhow::{Context as _, ensure};

use crate::{
    command::{run, run_with, setting},
    secrets,
};

const CHART: &str = "helm/folkmoot";
const VALUES: &str = "xtask/cluster/values";
const NAME: &str = "folkmoot";
/// Of what a check makes.
const LABEL: &str = "folkmoot.org/check";

pub(crate) struct Release {
    pub(crate) profile: String,
    helm: String,
    namespace: String,
    /// Of all services but the keyring.
    pub(crate) database: String,
    values: Vec<String>,
}

impl Release {
    /// `files` are those of [`VALUES`] besides the common one. Makes the namespace with what an installation needs in it: Secrets, certificate authorities, data.
    pub(crate) fn prepare(
        profile: &str,
        helm: &str,
        files: &[&str],
        set: Option<String>,
    ) -> anyhow::Result<Self> {
        let unique = format!("fm{}", std::process::id());
        let namespace = format!("{unique}-{profile}");
        // Of a check that failed.
        for kind in ["namespace", "persistentvolume"] {
            run("kubectl", &["delete", kind, "--selector", LABEL])?;
        }
        run("kubectl", &["create", "namespace", &namespace])?;
        let restricted = "pod-security.kubernetes.io/enforce=restricted";
        run("kubectl", &["label", "namespace", &namespace, restricted, &format!("{LABEL}=true")])?;
        let own = format!("profile={profile},kafka.topicPrefix={unique}");
        let mut values = ["--set", &own].map(ToOwned::to_owned).to_vec();
        for file in [&["common"], files].concat() {
            values.extend(["--values".to_owned(), format!("{VALUES}/{file}.yaml")]);
        }
        values.extend(set.into_iter().flat_map(|set| ["--set".to_owned(), set]));
        let (profile, helm, database) = (profile.to_owned(), helm.to_owned(), unique.clone());
        let release = Self { profile, helm, namespace, database, values };
        release.make_secrets(&unique)?;
        release.make_data()?;
        Ok(release)
    }

    fn make_secrets(&self, unique: &str) -> anyhow::Result<()> {
        let dir = std::env::temp_dir().join(unique);
        let secrets = secrets::generate(&dir, self.profile == "trial", unique)?;
        for (name, text) in secrets {
            let file = dir.join(&name);
            fs::write(&file, text).context("failed to write a Secret's text")?;
            self.kubectl(&[
                "create",
                "secret",
                "generic",
                &name,
                &format!("--from-env-file={}", file.display()),
            ])?;
        }
        fs::remove_dir_all(&dir).context("failed to remove the Secrets' texts")?;
        let url = format!("--from-literal=url={}", setting("DATABASE_URL")?);
        self.kubectl(&["create", "secret", "generic", "postgres-admin", &url])?;
        let authority = format!("--from-file=ca.crt={}/pki/ca.crt", setting("FOLKMOOT_CLUSTER")?);
        self.kubectl(&["create", "configmap", "stores", &authority]).map(drop)
    }

    /// A volume of the node's, since there is no storage class.
    fn make_data(&self) -> anyhow::Result<()> {
        let (namespace, folder) = (&self.namespace, setting("FOLKMOOT_CLUSTER_DATA")?);
        let spec = "accessModes: [ReadWriteMany], storageClassName: \"\"";
        let objects = format!(
            "apiVersion: v1
kind: PersistentVolume
metadata: {{name: {namespace}, labels: {{{LABEL}: \"true\"}}}}
spec: {{{spec}, capacity: {{storage: 1Gi}}, hostPath: {{path: {folder}}}, claimRef: {{namespace: {namespace}, name: data}}}}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {{name: data, namespace: {namespace}}}
spec: {{{spec}, volumeName: {namespace}, resources: {{requests: {{storage: 1Gi}}}}}}
"
        );
        self.apply(&objects)
    }

    /// Makes objects in the namespace, or changes them.
    pub(crate) fn apply(&self, objects: &str) -> anyhow::Result<()> {
        let apply = ["apply", "--namespace", &self.namespace, "--server-side", "--filename", "-"];
        run_with("kubectl", &apply, objects).map(drop)
    }

    pub(crate) fn install(&self) -> anyhow::Result<()> {
        self.helm(&["install", NAME, CHART], true)
    }

    /// The chart's own test.
    pub(crate) fn test(&self) -> anyhow::Result<()> {
        self.helm(&["test", NAME, "--timeout", "3m"], false)
    }

    /// Replaces every pod.
    pub(crate) fn upgrade(&self) -> anyhow::Result<()> {
        self.helm(&["upgrade", NAME, CHART, "--set-string", "secrets.revision=2"], true)?;
        self.refuse_restarts()
    }

    /// Replaces every pod again.
    pub(crate) fn roll_back(&self) -> anyhow::Result<()> {
        let wait = ["rollback", NAME, "1", "--wait", "--timeout", "5m"];
        self.helm(&wait, false)?;
        self.refuse_restarts()
    }

    /// Replaces every pod without a change to the release.
    pub(crate) fn restart(&self) -> anyhow::Result<()> {
        let release = format!("app.kubernetes.io/instance={NAME}");
        self.kubectl(&["rollout", "restart", "deployment", "--selector", &release])?;
        self.kubectl(&["rollout", "status", "deployment", "--selector", &release, "--timeout=5m"])?;
        self.refuse_restarts()
    }

    /// Waits until every Deployment has the pods that it wants.
    pub(crate) fn await_rollouts(&self) -> anyhow::Result<()> {
        let available = ["wait", "deployment", "--all", "--for=condition=Available"];
        self.kubectl(&[&available[..], &["--timeout=5m"]].concat()).map(drop)
    }

    /// A container that started twice failed once.
    fn refuse_restarts(&self) -> anyhow::Result<()> {
        let counts = "jsonpath={range .items[*]}{.metadata.name}{' '}{.status.containerStatuses[*].restartCount}{'\\n'}{end}";
        let pods = self.kubectl(&["get", "pods", "--output", counts])?;
        let restarted =
            pods.lines().filter(|line| line.split(' ').skip(1).any(|count| count != "0"));
        let restarted: Vec<&str> = restarted.collect();
        ensure!(restarted.is_empty(), "restarted: {restarted:?}");
        Ok(())
    }

    /// Runs a command of `folkmoot` in a pod of a service, or in the one pod of the trial.
    pub(crate) fn exec(
        &self,
        service: &str,
        container: &str,
        arguments: &[&str],
    ) -> anyhow::Result<String> {
        let deployment = if self.is_trial() {
            format!("deployment/{NAME}")
        } else {
            format!("deployment/{NAME}-{service}")
        };
        let command = ["exec", &deployment, "--container", container, "--", "/folkmoot"];
        self.kubectl(&[&command[..], arguments].concat())
    }

    pub(crate) fn is_trial(&self) -> bool {
        self.profile == "trial"
    }

    pub(crate) fn remove(&self) -> anyhow::Result<()> {
        run("kubectl", &["delete", "namespace", &self.namespace])?;
        run("kubectl", &["delete", "persistentvolume", &self.namespace]).map(drop)
    }

    fn helm(&self, arguments: &[&str], takes_values: bool) -> anyhow::Result<()> {
        let mut all: Vec<&str> = arguments.to_vec();
        all.extend(["--namespace", &self.namespace]);
        if takes_values {
            all.extend(self.values.iter().map(String::as_str));
            all.extend(["--wait", "--timeout", "5m"]);
        }
        run(&self.helm, &all).map(drop)
    }

    pub(crate) fn kubectl(&self, arguments: &[&str]) -> anyhow::Result<String> {
        run("kubectl", &[&["--namespace", self.namespace.as_str()], arguments].concat())
    }
}

/// The folder in which the relay keeps emails.
pub(crate) fn mailbox() -> anyhow::Result<PathBuf> {
    Ok(PathBuf::from(setting("FOLKMOOT_CLUSTER")?).join("stores/mail/new"))
}
