//! A load balancer in front of replicas, like a Service of Kubernetes: it leads each new connection to a replica that was
//! ready when it last looked, and passes bytes.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use kit::client::plain;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use crate::wait::eventually;

/// Time between two looks at the replicas. For so long it goes on to send connections to one that has begun to stop.
const LOOK: Duration = Duration::from_millis(100);

/// A running balancer; it ends when dropped, with all connections through it.
pub struct Balancer {
    pub addr: SocketAddr,
    replicas: Arc<Mutex<Vec<Replica>>>,
    _tasks: JoinSet<()>,
}

#[derive(Clone, Copy)]
struct Replica {
    addr: SocketAddr,
    admin: SocketAddr,
    is_ready: bool,
}

impl Balancer {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let replicas = Arc::<Mutex<Vec<Replica>>>::default();
        let mut tasks = JoinSet::new();
        tasks.spawn(watch(replicas.clone()));
        tasks.spawn(accept(listener, replicas.clone()));
        Self { addr, replicas, _tasks: tasks }
    }

    /// Adds a replica, which need not run yet.
    pub fn add(&self, addr: SocketAddr, admin: SocketAddr) {
        self.replicas.lock().unwrap().push(Replica { addr, admin, is_ready: false });
    }

    /// Waits until connections are led to a replica.
    pub async fn ready(&self, addr: SocketAddr) {
        eventually("a ready replica", async || {
            let replicas = self.replicas.lock().unwrap();
            replicas.iter().any(|it| it.addr == addr && it.is_ready).then_some(())
        })
        .await;
    }

    /// Removes a replica. Its connections stay.
    pub fn remove(&self, addr: SocketAddr) {
        self.replicas.lock().unwrap().retain(|replica| replica.addr != addr);
    }
}

/// Looks at the readiness of all replicas, again and again.
async fn watch(replicas: Arc<Mutex<Vec<Replica>>>) {
    let http = plain::build(Duration::from_secs(5)).unwrap();
    loop {
        let all = replicas.lock().unwrap().clone();
        for Replica { addr, admin, .. } in all {
            let response = http.get(format!("http://{admin}/readyz")).send().await;
            let is_ready = response.is_ok_and(|response| response.status() == 200);
            let mut replicas = replicas.lock().unwrap();
            replicas.iter_mut().filter(|it| it.addr == addr).for_each(|it| it.is_ready = is_ready);
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Leads connections to the ready replicas in turn.
async fn accept(listener: TcpListener, replicas: Arc<Mutex<Vec<Replica>>>) {
    let (mut connections, mut turn) = (JoinSet::new(), 0);
    while let Ok((mut near, _)) = listener.accept().await {
        let ready: Vec<_> =
            replicas.lock().unwrap().iter().filter(|it| it.is_ready).copied().collect();
        turn += 1;
        let Some(replica) = ready.get(turn % ready.len().max(1)).copied() else { continue };
        connections.spawn(async move {
            if let Ok(mut far) = TcpStream::connect(replica.addr).await {
                let _ = copy_bidirectional(&mut near, &mut far).await;
            }
        });
        while connections.try_join_next().is_some() {}
    }
}
