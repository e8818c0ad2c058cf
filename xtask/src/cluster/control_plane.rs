//! etcd, the API server, the controllers and the scheduler.

use std::time::Duration;

use super::home::Home;
use super::network::{API_PORT, ETCD_PORTS, NODE_ADDRESS, PODS, SERVICES};
use super::programs::Programs;
use crate::wait;

/// Ten times what it takes on two idle cores.
const READY: Duration = Duration::from_secs(90);

pub(super) fn start(home: &Home, programs: &Programs) -> anyhow::Result<()> {
    etcd(home, programs)?;
    api_server(home, programs)?;
    wait::until("the API server's first answer", READY, || {
        home.refuse_dead("etcd")?;
        home.refuse_dead("kube-apiserver")?;
        Ok(programs.answers(home))
    })?;
    controllers(home, programs)?;
    scheduler(home, programs)
}

fn etcd(home: &Home, programs: &Programs) -> anyhow::Result<()> {
    let (clients, peers) = ETCD_PORTS;
    let (clients, peers) =
        (format!("http://127.0.0.1:{clients}"), format!("http://127.0.0.1:{peers}"));
    let mut etcd = programs.etcd();
    etcd.arg("--data-dir").arg(home.at("etcd"));
    etcd.args(["--listen-client-urls", &clients, "--advertise-client-urls", &clients])
        .args(["--listen-peer-urls", &peers, "--initial-advertise-peer-urls", &peers])
        .args(["--initial-cluster", &format!("default={peers}")])
        // Its data lives no longer than the machine runs.
        .args(["--unsafe-no-fsync", "--log-level", "warn"]);
    home.spawn("etcd", &mut etcd)
}

fn api_server(home: &Home, programs: &Programs) -> anyhow::Result<()> {
    let pki = |name: &str| home.at("pki").join(name).display().to_string();
    let mut server = programs.kubernetes("kube-apiserver");
    server
        .arg(format!("--etcd-servers=http://127.0.0.1:{}", ETCD_PORTS.0))
        .arg(format!("--bind-address={NODE_ADDRESS}"))
        .arg(format!("--advertise-address={NODE_ADDRESS}"))
        .arg(format!("--secure-port={API_PORT}"))
        .arg(format!("--service-cluster-ip-range={SERVICES}"))
        .arg(format!("--cert-dir={}", pki("api")))
        .arg("--service-account-issuer=https://kubernetes.default.svc.cluster.local")
        .arg(format!("--service-account-signing-key-file={}", pki("service-account.key")))
        .arg(format!("--service-account-key-file={}", pki("service-account.pub")))
        .arg(format!("--token-auth-file={}", pki("tokens.csv")))
        .arg("--authorization-mode=Node,RBAC")
        .arg("--enable-admission-plugins=NodeRestriction")
        .arg("--allow-privileged=true")
        .arg("--kubelet-preferred-address-types=InternalIP")
        .arg(format!("--kubelet-client-certificate={}", pki("kubelet-client.crt")))
        .arg(format!("--kubelet-client-key={}", pki("kubelet-client.key")))
        // For API servers that extend this one, such as metrics servers.
        .arg("--enable-aggregator-routing=true")
        .arg(format!("--requestheader-client-ca-file={}", pki("ca.crt")))
        .arg("--requestheader-allowed-names=front-proxy-client")
        .arg("--requestheader-username-headers=X-Remote-User")
        .arg("--requestheader-group-headers=X-Remote-Group")
        .arg("--requestheader-extra-headers-prefix=X-Remote-Extra-")
        .arg(format!("--proxy-client-cert-file={}", pki("front-proxy.crt")))
        .arg(format!("--proxy-client-key-file={}", pki("front-proxy.key")));
    home.spawn("kube-apiserver", &mut server)
}

fn controllers(home: &Home, programs: &Programs) -> anyhow::Result<()> {
    let pki = |name: &str| home.at("pki").join(name).display().to_string();
    let name = "kube-controller-manager";
    let mut controllers = programs.kubernetes(name);
    controllers
        .args(as_user(home, name))
        .arg("--secure-port=20257")
        .arg("--use-service-account-credentials=true")
        .arg(format!("--service-account-private-key-file={}", pki("service-account.key")))
        .arg(format!("--root-ca-file={}", pki("api/apiserver.crt")))
        .arg("--allocate-node-cidrs=true")
        .arg(format!("--cluster-cidr={PODS}"))
        .arg("--node-cidr-mask-size=24")
        // Tests of autoscaling would otherwise wait for a quarter of a minute each time.
        .arg("--horizontal-pod-autoscaler-sync-period=5s");
    home.spawn(name, &mut controllers)
}

fn scheduler(home: &Home, programs: &Programs) -> anyhow::Result<()> {
    let name = "kube-scheduler";
    let mut scheduler = programs.kubernetes(name);
    scheduler.args(as_user(home, name)).arg("--secure-port=20259");
    home.spawn(name, &mut scheduler)
}

fn as_user(home: &Home, name: &str) -> [String; 5] {
    let file = home.kubeconfig(name).display().to_string();
    [
        format!("--kubeconfig={file}"),
        format!("--authentication-kubeconfig={file}"),
        format!("--authorization-kubeconfig={file}"),
        "--leader-elect=false".to_owned(),
        "--bind-address=127.0.0.1".to_owned(),
    ]
}
