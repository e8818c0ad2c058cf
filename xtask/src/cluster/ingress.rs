//! What carries `Ingress` and `HTTPRoute` from outside to pods: Traefik, which runs beside the API server and reaches pods as the
//! node does. It listens on loopback.

use std::net::{Ipv4Addr, SocketAddrV4, TcpStream};
use std::time::Duration;

use super::home::Home;
use super::network::INGRESS_PORT;
use super::programs::Programs;
use crate::stack::process;
use crate::{chart, wait};

/// The process.
pub(super) const NAME: &str = "traefik";
const MANIFEST: &str = include_str!("../../cluster/ingress.yaml");
const READY: Duration = Duration::from_mins(1);

pub(super) fn start(home: &Home, programs: &Programs) -> anyhow::Result<()> {
    chart::define(programs.kubectl(home), &home.log("definitions"))?;
    let file = home.write("ingress.yaml", MANIFEST)?;
    let mut apply = programs.kubectl(home);
    apply.args(["apply", "--server-side", "--filename"]).arg(file);
    process::run("kubectl apply", &mut apply, &home.log("kubectl"))?;
    let address = SocketAddrV4::new(Ipv4Addr::LOCALHOST, INGRESS_PORT);
    let mut traefik = programs.traefik()?;
    traefik
        .env("KUBECONFIG", home.kubeconfig("admin"))
        .arg(format!("--entrypoints.https.address={address}"))
        // As its own chart has it. Without, an Ingress' certificate is presented, and its requests get 404.
        .arg("--entrypoints.https.http.tls=true")
        .args(["--providers.kubernetesingress=true", "--providers.kubernetesgateway=true"])
        .arg(format!("--providers.kubernetesgateway.statusaddress.ip={}", address.ip()))
        .args(["--global.checknewversion=false", "--global.sendanonymoususage=false"])
        .arg("--log.level=INFO");
    home.spawn(NAME, &mut traefik)?;
    wait::until("Traefik's port", READY, || {
        home.refuse_dead(NAME)?;
        Ok(TcpStream::connect(address).is_ok())
    })
}
