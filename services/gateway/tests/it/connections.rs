//! Open connections of one network, before any of them sends a request.

use std::net::SocketAddr;

use testkit::wait::eventually;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::support::{Suite, suite_with};

const SCALE: (&str, &str) = ("FOLKMOOT_GATEWAY_LIMIT_SCALE", "0.003");

fn address(suite: &Suite) -> SocketAddr {
    suite.app.running.addr
}

/// What comes back for a request on a connection; nothing when it was closed.
async fn ask(socket: &mut TcpStream) -> String {
    let request = b"GET /internal/v1/jwks.json HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let mut answer = String::new();
    if socket.write_all(request).await.is_ok() {
        let _ = socket.read_to_string(&mut answer).await;
    }
    answer
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn idle_connections_of_one_network_are_bounded() {
    let suite = suite_with(&[SCALE]).await;
    let mut idle = Vec::new();
    for _ in 0..3 {
        idle.push(TcpStream::connect(address(&suite)).await.unwrap());
    }
    let mut fourth = TcpStream::connect(address(&suite)).await.unwrap();
    let mut byte = [0];
    let closed = fourth.read(&mut byte).await;
    assert!(!matches!(closed, Ok(1..)), "closed without a word: {closed:?}");
    assert!(ask(&mut idle[0]).await.starts_with("HTTP/1.1 200"), "the first ones are served");
    idle.clear();
    eventually("room for a new connection", async || {
        let mut socket = TcpStream::connect(address(&suite)).await.unwrap();
        ask(&mut socket).await.starts_with("HTTP/1.1 200").then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_of_a_trusted_proxy_are_not_counted() {
    let suite = suite_with(&[SCALE, ("FOLKMOOT_TRUSTED_PROXIES", "127.0.0.0/8")]).await;
    let mut open = Vec::new();
    for _ in 0..8 {
        open.push(TcpStream::connect(address(&suite)).await.unwrap());
    }
    for socket in &mut open {
        assert!(ask(socket).await.starts_with("HTTP/1.1"));
    }
}
