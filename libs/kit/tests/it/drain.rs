//! A stop as clients see it: a service that drains serves on, and asks them to make new connections.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use kit::{clock::Clock, id::Ids, service::Service as _};
use testkit::{balancer::Balancer, wait::eventually};
use tokio::{
    io::AsyncWriteExt as _,
    net::TcpStream,
    task::JoinSet,
    time::{MissedTickBehavior, interval},
};

use crate::{
    connections::{connect, exchange, read_to_end, try_exchange},
    jobs::held_until,
    notes::{Notes, READ, WRITE},
    support::{Replica, Shared},
};

impl Replica {
    async fn readyz(&self) -> (u16, serde_json::Value) {
        let http = kit::client::plain::build(Duration::from_secs(10)).unwrap();
        let url = format!("http://{}/readyz", self.running.as_ref().unwrap().admin_addr);
        let response = http.get(url).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_drains_is_not_ready_and_closes_each_connection_after_its_response() {
    let shared = Shared::new().await;
    let replica = shared.replica_with(&[("FOLKMOOT_DRAIN_SECONDS", "6")]).await;
    let running = replica.running.as_ref().unwrap();
    let (addr, admin) = (running.addr, running.admin_addr);
    let token = shared.fakes.token(&Clock::default(), Notes::NAME, Ids.next(), WRITE);
    let request = |line: &str| {
        let headers = format!("host: notes\r\nauthorization: Bearer {token}\r\nx-deadline-ms: 300");
        format!("{line} HTTP/1.1\r\n{headers}\r\n\r\n")
    };
    // The last one exceeds its deadline, an error that reaches the server from behind the handlers.
    let requests = [
        (admin, request("GET /livez"), 200),
        (addr, request("GET /v1/notes"), 403),
        (addr, request("GET /v1/nothing"), 404),
        (addr, request("POST /v1/slow"), 504),
    ];
    let mut kept = Vec::new();
    for (address, request, status) in requests {
        let mut socket = connect(address).await;
        let response = exchange(&mut socket, &request).await;
        assert!(response.starts_with(&format!("HTTP/1.1 {status}")), "{response}");
        assert!(!response.contains("connection: close"), "{response}");
        kept.push((socket, address, request, status));
    }
    eventually("a lease", async || held_until(&shared, "notes.leased").await).await;

    replica.begin_stop();
    eventually("readiness to end", async || {
        let (status, body) = replica.readyz().await;
        (status == 503 && body["status"] == "stopping").then_some(())
    })
    .await;
    for (mut old, address, request, status) in kept {
        for socket in [&mut old, &mut connect(address).await] {
            socket.write_all(request.as_bytes()).await.unwrap();
            let response = read_to_end(socket).await;
            assert!(response.starts_with(&format!("HTTP/1.1 {status}")), "{response}");
            assert!(response.contains("connection: close"), "{response}");
        }
    }
    // Background work does not wait for the end of the drain.
    let released = async || held_until(&shared, "notes.leased").await.is_none().then_some(());
    eventually("the lease to be released", released).await;
    connect(addr).await;
    replica.stop().await;
    TcpStream::connect(addr).await.unwrap_err();
}

/// A client that sends each request once: what is not answered is lost.
struct Client {
    balancer: SocketAddr,
    request: String,
    /// Whether it keeps its connection as long as the server lets it.
    keeps: bool,
    socket: Option<TcpStream>,
}

impl Client {
    async fn get(&mut self) -> anyhow::Result<()> {
        let mut socket = match self.socket.take() {
            Some(socket) => socket,
            None => TcpStream::connect(self.balancer).await?,
        };
        let response = try_exchange(&mut socket, &self.request).await?;
        anyhow::ensure!(response.starts_with("HTTP/1.1 200"), "{response}");
        self.socket = (self.keeps && !response.contains("connection: close")).then_some(socket);
        Ok(())
    }
}

/// Sends requests from several clients at once, until the load ends.
struct Load {
    ends: Arc<AtomicBool>,
    clients: JoinSet<(usize, Vec<String>)>,
}

impl Load {
    /// About 200 requests each second, most of them on kept connections.
    fn start(balancer: SocketAddr, request: &str) -> Self {
        let (ends, mut clients) = (Arc::<AtomicBool>::default(), JoinSet::new());
        for number in 0..12 {
            let (ends, keeps) = (ends.clone(), number < 8);
            let mut client = Client { balancer, request: request.to_owned(), keeps, socket: None };
            clients.spawn(async move {
                let (mut pace, mut sent, mut lost) =
                    (interval(Duration::from_millis(60)), 0, vec![]);
                pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
                while !ends.load(Relaxed) {
                    pace.tick().await;
                    sent += 1;
                    let outcome = client.get().await;
                    lost.extend(outcome.err().map(|error| format!("kept: {keeps}: {error:#}")));
                }
                (sent, lost)
            });
        }
        Self { ends, clients }
    }

    /// The number of requests sent, and the errors of those that were lost.
    async fn end(mut self) -> (usize, Vec<String>) {
        self.ends.store(true, Relaxed);
        let (mut total, mut all) = (0, Vec::new());
        while let Some(client) = self.clients.join_next().await {
            let (sent, lost) = client.unwrap();
            total += sent;
            all.extend(lost);
        }
        (total, all)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn restarting_replicas_one_by_one_loses_no_request_on_kept_or_new_connections() {
    let (shared, balancer) = (Shared::new().await, Balancer::start().await);
    let start = async || {
        let replica = shared.replica_with(&[("FOLKMOOT_DRAIN_SECONDS", "2")]).await;
        let running = replica.running.as_ref().unwrap();
        balancer.add(running.addr, running.admin_addr);
        balancer.ready(running.addr).await;
        replica
    };
    let mut replicas = vec![start().await, start().await];
    let token = shared.fakes.token(&Clock::default(), Notes::NAME, Ids.next(), READ);
    let request =
        format!("GET /v1/notes HTTP/1.1\r\nhost: notes\r\nauthorization: Bearer {token}\r\n\r\n");
    let load = Load::start(balancer.addr, &request);
    for _ in 0..4 {
        replicas.push(start().await);
        let oldest = replicas.remove(0);
        let addr = oldest.running.as_ref().unwrap().addr;
        oldest.stop().await;
        balancer.remove(addr);
    }
    let (sent, lost) = load.end().await;
    assert!(lost.is_empty(), "{} of {sent} requests were lost: {lost:?}", lost.len());
    assert!(sent > 400, "{sent}");
}
