//! A start that has to wait: what an orchestrator sees of it, and that it can be stopped.

use std::{net::SocketAddr, time::Duration};

use kit::{
    clock::Clock,
    config::Env,
    service::{self, Background, Running},
};
use testkit::wait::eventually;
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use crate::{
    notes::{App, Notes},
    support::{Gate, Shared, free_address},
};

/// A service about to start on addresses that are known before it has started.
struct Start {
    shared: Shared,
    own: SocketAddr,
    admin: SocketAddr,
    stop: CancellationToken,
}

impl Start {
    async fn new() -> Self {
        let (shared, stop) = (Shared::new().await, CancellationToken::new());
        Self { shared, own: free_address(), admin: free_address(), stop }
    }

    async fn run(&self, url: String) -> anyhow::Result<Running<App>> {
        let mut settings = self.shared.settings();
        settings.extend([
            ("FOLKMOOT_NOTES_LISTEN", self.own.to_string()),
            ("FOLKMOOT_NOTES_ADMIN_LISTEN", self.admin.to_string()),
            ("FOLKMOOT_NOTES_DATABASE_URL", url),
        ]);
        let (env, clock) = (Env::from_pairs(settings), Clock::default());
        service::start::<Notes>(env, clock, Background::On, self.stop.clone()).await
    }

    async fn get(&self, path: &str) -> Option<(u16, serde_json::Value)> {
        let http = kit::client::plain::build(Duration::from_secs(10)).unwrap();
        let response = http.get(format!("http://{}{path}", self.admin)).send().await.ok()?;
        let status = response.status().as_u16();
        let text = response.text().await.ok()?;
        Some((status, serde_json::from_str(&text).unwrap_or_default()))
    }

    /// Waits until the service says that it lives, which it does from the first moment.
    async fn alive(&self) {
        let alive = async || self.get("/livez").await.filter(|(status, _)| *status == 200);
        eventually("a sign of life", alive).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_waits_for_its_database_is_alive_not_ready_and_refuses_connections() {
    let (start, mut gate) = (Start::new().await, Gate::new());
    let url = gate.leads_to(&start.shared.db.url);
    let seen = async {
        start.alive().await;
        let (status, body) = start.get("/readyz").await.unwrap();
        let starting =
            serde_json::json!({"service": "notes", "status": "starting", "ready": false});
        assert_eq!((status, body), (503, starting));
        assert_eq!(start.get("/metrics").await.unwrap().0, 200);
        let refused = TcpStream::connect(start.own).await.unwrap_err();
        assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
        gate.open().await;
    };
    let (running, ()) = tokio::join!(start.run(url), seen);
    let ready = async || start.get("/readyz").await.filter(|(status, _)| *status == 200);
    eventually("the readiness", ready).await;
    TcpStream::connect(start.own).await.unwrap();
    start.stop.cancel();
    running.unwrap().stopped().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_that_waits_ends_when_it_is_stopped() {
    let start = Start::new().await;
    let url = Gate::new().leads_to(&start.shared.db.url);
    let stopped = async {
        start.alive().await;
        start.stop.cancel();
    };
    let (outcome, ()) = tokio::join!(start.run(url), stopped);
    let error = outcome.err().unwrap().to_string();
    assert!(error.contains("stopped before the database was reachable"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_that_fails_says_why_and_leaves_nothing_behind() {
    let start = Start::new().await;
    let mut url = url::Url::parse(start.shared.db.url.expose()).unwrap();
    url.set_query(Some("options=-csearch_path%3Dnever_migrated"));
    let error = format!("{:#}", start.run(url.to_string()).await.err().unwrap());
    assert!(error.contains("the schema was never migrated: run `folkmoot migrate`"), "{error}");
    assert!(start.stop.is_cancelled());
    let closed = async || TcpStream::connect(start.admin).await.is_err().then_some(());
    eventually("the admin port to close", closed).await;
}
