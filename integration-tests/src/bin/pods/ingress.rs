//! The gateway as callers from outside reach it: by the chart's `Ingress` and by its `HTTPRoute`, through a controller at which
//! TLS ends, and whose certificates are replaced under load. `values/ingress.yaml` has the same names.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use base64::{Engine as _, engine::general_purpose::STANDARD as B64};
use integration_tests::{
    driver::Driver,
    load::{Load, Rate, outsider},
};
use reqwest::{Certificate, Client, ClientBuilder, tls::TlsInfo};
use serde_json::json;
use tokio::task::block_in_place;
use xtask::say;

use crate::{
    command::{rest, run, setting},
    load::{self, RATE},
    release::Release,
    slow::Download,
    story::Story,
};

/// Where the controller listens.
pub(crate) const PORT: u16 = 20543;
/// How often each certificate is replaced, and how long it is then left alone.
const RENEWALS: u32 = 5;
const BETWEEN: Duration = Duration::from_secs(12);
/// How long a controller may take to present a new certificate.
const PRESENTED: Duration = Duration::from_secs(30);
/// Unknown paths that a network may ask for in a minute, ten times the gateway's own number.
const MISSES: u32 = 1_200;
/// The largest body that the gateway takes.
const LARGEST: usize = 5 * 1024 * 1024;
const LOOPBACK: &str = "127.0.0.0/8";
const STRANGER: &str = "8.8.8.8";

/// A way in.
pub(crate) struct Door {
    kind: &'static str,
    pub(crate) host: &'static str,
    secret: &'static str,
    /// The third number of its callers' addresses begins here: the gateway counts by networks of 24 bits.
    network: u8,
}

pub(crate) const DOORS: [Door; 2] = [
    Door { kind: "Ingress", host: "act.mill-lane.uk", secret: "act-tls", network: 100 },
    Door { kind: "HTTPRoute", host: "route.mill-lane.uk", secret: "route-tls", network: 150 },
];

/// What the `HTTPRoute` attaches to.
fn listener(door: &Door) -> String {
    format!(
        "apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {{name: public}}
spec:
  gatewayClassName: traefik
  listeners:
    - {{name: https, protocol: HTTPS, port: {PORT}, hostname: {}, tls: {{certificateRefs: [{{name: {}}}]}}}}
",
        door.host, door.secret
    )
}

/// Makes what an operator has before the installation: certificates, and a Gateway.
pub(crate) fn prepare(release: &Release) -> anyhow::Result<()> {
    for door in &DOORS {
        door.renew(release)?;
    }
    let [_, route] = &DOORS;
    release.apply(&listener(route))
}

/// A client from outside.
pub(crate) fn client() -> anyhow::Result<Client> {
    client_at(Ipv4Addr::LOCALHOST)
}

fn client_at(address: Ipv4Addr) -> anyhow::Result<Client> {
    Ok(outside(outsider(true), address)?.build()?)
}

/// Finds the doors, trusts who signs their certificates, and calls from an address.
fn outside(builder: ClientBuilder, address: Ipv4Addr) -> anyhow::Result<ClientBuilder> {
    let authority = std::fs::read(authority()?).context("failed to read the authority")?;
    let controller = SocketAddr::from((Ipv4Addr::LOCALHOST, PORT));
    let builder = builder.tls_certs_only([Certificate::from_pem(&authority)?]);
    let builder = DOORS.iter().fold(builder, |it, door| it.resolve(door.host, controller));
    Ok(builder.local_address(Some(address.into())))
}

/// A controller may take seconds to see pods that are ready.
pub(crate) async fn await_open(story: &Story) -> anyhow::Result<()> {
    for door in &DOORS {
        let driver = door.driver(story, client()?);
        let open = async || Ok((driver.get("/openapi.json").await?.status == 200).then_some(()));
        driver.eventually(door.kind, open).await?;
    }
    Ok(())
}

/// The file of who signs the certificates.
pub(crate) fn authority() -> anyhow::Result<String> {
    Ok(format!("{}/pki/ca.crt", setting("FOLKMOOT_CLUSTER")?))
}

/// Tries everything that a controller can do wrong.
pub(crate) async fn check(release: &Release, story: &Story) -> anyhow::Result<()> {
    for door in &DOORS {
        let driver = door.driver(story, client()?);
        door.confirm(story, &driver).await?;
        door.take_large_bodies(&driver).await?;
        door.pass_addresses(story).await?;
        door.limit_each_caller(story).await?;
        say::line(format!("{}: actions, large bodies, addresses, limits", door.kind));
    }
    let downloads: anyhow::Result<Vec<Download>> =
        DOORS.iter().map(|door| Download::start(door, &story.driver)).collect();
    let downloads = downloads?;
    under_load(story, "certificates", async || renew_all(release).await).await?;
    for download in downloads {
        block_in_place(|| download.end())?;
    }
    under_load(story, "upgrade", async || block_in_place(|| release.upgrade())).await
}

/// Does something while each door has half of the load.
async fn under_load(
    story: &Story,
    what: &str,
    change: impl AsyncFnOnce() -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let loads: anyhow::Result<Vec<Load>> =
        DOORS.iter().map(|door| door.load(story, what)).collect();
    let loads = loads?;
    let done = change().await;
    let mut outcomes = Vec::new();
    for load in loads {
        outcomes.push(load.end().await?);
    }
    done?;
    for (door, outcome) in DOORS.iter().zip(outcomes) {
        say::line(format!("{what}, {}: {}", door.kind, load::summary(&outcome)));
        load::refuse_losses(&outcome)?;
        story.confirm_all(&outcome.accepted).await?;
    }
    Ok(())
}

async fn renew_all(release: &Release) -> anyhow::Result<()> {
    for number in 1..=RENEWALS {
        for door in &DOORS {
            let new = block_in_place(|| door.renew(release))?;
            let started = Instant::now();
            while door.presented().await? != new {
                ensure!(started.elapsed() < PRESENTED, "{}: the old certificate", door.kind);
                block_in_place(|| rest(Duration::from_millis(50)))?;
            }
            let took = started.elapsed().as_millis();
            say::line(format!("{}: certificate {number} presented after {took} ms", door.kind));
        }
        block_in_place(|| rest(BETWEEN))?;
    }
    Ok(())
}

impl Door {
    pub(crate) fn url(&self) -> String {
        format!("https://{}:{PORT}", self.host)
    }

    fn driver(&self, story: &Story, http: Client) -> Driver {
        let mut driver = story.driver.clone();
        (driver.gateway, driver.http) = (self.url(), http);
        driver
    }

    fn address(&self, number: u8) -> Ipv4Addr {
        Ipv4Addr::new(127, 0, self.network + number, 1)
    }

    fn load(&self, story: &Story, what: &str) -> anyhow::Result<Load> {
        // Each action is confirmed afterwards, by somebody who takes time to read.
        let rate = Rate { clients: RATE.clients / DOORS.len(), look_ups: 600, ..RATE };
        let (name, domain) = (format!("{what}-{}", self.secret), story.domain.clone());
        let address = move |client, number| format!("{number}.{name}-{client}@{domain}");
        let driver = self.driver(story, client()?);
        Load::start_as(&driver, rate, address, |client, builder| {
            outside(builder, self.address(u8::try_from(client)?))
        })
    }

    /// Puts a new certificate into the Secret, and returns it.
    fn renew(&self, release: &Release) -> anyhow::Result<Vec<u8>> {
        let pki = format!("{}/pki", setting("FOLKMOOT_CLUSTER")?);
        let file = |name: &str| format!("{pki}/{name}");
        let [certificate, key] = ["crt", "key"].map(|end| file(&format!("{}.{end}", self.secret)));
        let (subject, name) =
            (format!("/CN={0}", self.host), format!("subjectAltName=DNS:{}", self.host));
        let mut arguments =
            vec!["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
        let (ca, ca_key) = (file("ca.crt"), file("ca.key"));
        arguments.extend(["-nodes", "-days", "2", "-subj", &subject, "-addext", &name]);
        arguments.extend(["-addext", "basicConstraints=critical,CA:FALSE"]);
        arguments.extend(["-CA", &ca, "-CAkey", &ca_key, "-keyout", &key, "-out", &certificate]);
        run("openssl", &arguments)?;
        let [pem, key] = [std::fs::read_to_string(&certificate)?, std::fs::read_to_string(&key)?];
        let secret = json!({
            "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls", "metadata": {"name": self.secret},
            "data": {"tls.crt": B64.encode(&pem), "tls.key": B64.encode(key)},
        });
        release.apply(&secret.to_string())?;
        let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        Ok(B64.decode(body)?)
    }

    /// The certificate that a new connection gets.
    async fn presented(&self) -> anyhow::Result<Vec<u8>> {
        let http = outside(outsider(false).tls_info(true), Ipv4Addr::LOCALHOST)?.build()?;
        let response = http.get(format!("{}/openapi.json", self.url())).send().await?;
        let info = response.extensions().get::<TlsInfo>().context("no TLS")?;
        Ok(info.peer_certificate().context("no certificate")?.to_owned())
    }

    /// The main job, of which the link in the email leads to the public URL.
    async fn confirm(&self, story: &Story, driver: &Driver) -> anyhow::Result<()> {
        let (email, before) =
            (format!("{}@{}", self.secret, story.domain), driver.counter().await?);
        let answer = driver.act(&Driver::action(&email, "Ida Ingress")).await?;
        ensure!(answer.status == 202, "{}: {answer:?}", self.kind);
        let link = driver.confirmation(&email).await?.link().context("no link")?;
        let [public, _] = &DOORS;
        let answer = driver.confirm(&link.replace(&public.url(), &self.url())).await?;
        ensure!(answer.status < 400, "{}: {answer:?}", self.kind);
        let counted = async || Ok((driver.counter().await? == before + 1).then_some(()));
        driver.eventually("the count", counted).await?;
        driver.message_from(&email).await.map(drop)
    }

    /// The largest body reaches the gateway, which is the one to refuse a larger one.
    async fn take_large_bodies(&self, driver: &Driver) -> anyhow::Result<()> {
        let url = format!("{}/v1/representatives/import?dry_run=true", self.url());
        for (size, status) in [(LARGEST, 422), (LARGEST + 1, 413)] {
            let request = driver.http.post(&url).header("content-type", "text/csv");
            let answer =
                driver.send(request.bearer_auth(&driver.secret).body(vec![b'x'; size])).await?;
            ensure!(answer.status == status, "{}: {size} bytes: {answer:?}", self.kind);
            ensure!(answer.json().get("type").is_some(), "{}: {answer:?}", self.kind);
        }
        Ok(())
    }

    /// The gateway knows who calls, whatever the caller says.
    async fn pass_addresses(&self, story: &Story) -> anyhow::Result<()> {
        let driver = self.driver(story, client_at(self.address(40))?);
        let plain =
            || driver.http.get(format!("{}/v1/geo/ip", self.url())).bearer_auth(&driver.secret);
        let forged = plain().header("x-forwarded-for", STRANGER).header("x-real-ip", STRANGER);
        let forged = forged.header("forwarded", format!("for={STRANGER}"));
        for request in [plain(), forged] {
            let answer = driver.send(request).await?;
            let network = answer.json().pointer("/range/network").cloned();
            ensure!(network == Some(LOOPBACK.into()), "{}: {answer:?}", self.kind);
        }
        Ok(())
    }

    /// A caller who has used up a limit leaves others alone.
    async fn limit_each_caller(&self, story: &Story) -> anyhow::Result<()> {
        let miss = async |number, requests| {
            let driver = self.driver(story, client_at(self.address(number))?);
            let mut last = 404;
            for _ in 0..requests {
                if last == 404 {
                    let request = driver.http.get(format!("{}/nowhere", self.url()));
                    last = driver.send(request).await?.status;
                }
            }
            anyhow::Ok(last)
        };
        // The limit grows back while it is used up.
        let (flood, other) = (miss(41, 2 * MISSES).await?, miss(42, 1).await?);
        ensure!((flood, other) == (429, 404), "{}: {flood} and {other}", self.kind);
        Ok(())
    }
}
