//! A start that has to wait for the database, or fails, as an orchestrator sees it.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

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
    support::{DatabaseProxy, Shared, free_address},
};

/// A service that is about to start, at addresses that are known before.
struct Start {
    shared: Shared,
    address: SocketAddr,
    admin: SocketAddr,
    stop: CancellationToken,
}

impl Start {
    async fn new() -> Self {
        let (shared, stop) = (Shared::new().await, CancellationToken::new());
        Self { shared, address: free_address(), admin: free_address(), stop }
    }

    async fn run(&self, url: String) -> anyhow::Result<Running<App>> {
        let mut settings = self.shared.settings();
        settings.extend([
            ("FOLKMOOT_NOTES_LISTEN", self.address.to_string()),
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

    /// Waits for the liveness check, which succeeds from the first moment.
    async fn wait_until_alive(&self) {
        let alive = async || self.get("/livez").await.filter(|(status, _)| *status == 200);
        eventually("the liveness check", alive).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_waits_for_its_database_is_alive_but_not_ready_and_refuses_connections() {
    let (start, mut database) = (Start::new().await, DatabaseProxy::new());
    let url = database.url_of(&start.shared.db.url);
    let observed = async {
        start.wait_until_alive().await;
        let (status, body) = start.get("/readyz").await.unwrap();
        let starting =
            serde_json::json!({"service": "notes", "status": "starting", "ready": false});
        assert_eq!((status, body), (503, starting));
        assert_eq!(start.get("/metrics").await.unwrap().0, 200);
        let refused = TcpStream::connect(start.address).await.unwrap_err();
        assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
        database.open().await;
    };
    let (running, ()) = tokio::join!(start.run(url), observed);
    let ready = async || start.get("/readyz").await.filter(|(status, _)| *status == 200);
    eventually("readiness", ready).await;
    TcpStream::connect(start.address).await.unwrap();
    start.stop.cancel();
    running.unwrap().stopped().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_does_not_fail_when_the_database_has_only_one_connection_left() {
    let (start, mut database) = (Start::new().await, DatabaseProxy::new());
    let url = database.url_of(&start.shared.db.url);
    database.open_for(1).await;
    let running = start.run(url).await.unwrap();
    database.open().await;
    let ready = async || start.get("/readyz").await.filter(|(status, _)| *status == 200);
    eventually("readiness", ready).await;
    start.stop.cancel();
    running.stopped().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_that_waits_can_be_stopped() {
    let start = Start::new().await;
    let url = DatabaseProxy::new().url_of(&start.shared.db.url);
    let stopped = async {
        start.wait_until_alive().await;
        start.stop.cancel();
    };
    let (outcome, ()) = tokio::join!(start.run(url), stopped);
    let error = outcome.err().unwrap().to_string();
    assert!(error.contains("stopped before the database was reachable"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_that_fails_returns_the_reason_and_leaves_nothing_running() {
    let start = Start::new().await;
    let mut url = url::Url::parse(start.shared.db.url.expose()).unwrap();
    url.set_query(Some("options=-csearch_path%3Dnever_migrated"));
    let error = format!("{:#}", start.run(url.to_string()).await.err().unwrap());
    assert!(error.contains("the schema was never migrated: run `folkmoot migrate`"), "{error}");
    assert!(start.stop.is_cancelled());
    let closed = async || TcpStream::connect(start.admin).await.is_err().then_some(());
    eventually("the admin port to close", closed).await;
}

/// What a service does with its database before it serves waits for it, too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_of_the_start_is_repeated_until_the_database_is_available() {
    let (start, mut database) = (Start::new().await, DatabaseProxy::new());
    database.open().await;
    let running = start.run(database.url_of(&start.shared.db.url)).await.unwrap();
    database.close().await;
    let (kit, tries) = (&running.app.kit, AtomicUsize::new(0));
    let work = async {
        while let Err(error) = kit.db().unwrap().ping().await {
            tries.fetch_add(1, Ordering::Relaxed);
            kit.wait_for_database(error.into()).await.unwrap();
        }
    };
    let observed = async {
        let twice = async || (tries.load(Ordering::Relaxed) > 1).then_some(());
        eventually("a second attempt", twice).await;
        database.open().await;
    };
    tokio::join!(work, observed);
    let other = kit.wait_for_database(anyhow::anyhow!("no such key")).await;
    assert_eq!(other.unwrap_err().to_string(), "no such key");
    start.stop.cancel();
    running.stopped().await;
}
