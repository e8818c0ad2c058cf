//! Connections at the level of the socket: kept open between requests, and closed gracefully after an error.

use std::net::SocketAddr;

use testkit::app::TestApp;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::notes::Notes;

pub(crate) async fn connect(address: SocketAddr) -> TcpStream {
    let socket = TcpStream::connect(address).await.unwrap();
    socket.set_nodelay(true).unwrap();
    socket
}

/// Sends a request and reads the complete response. The connection stays open.
pub(crate) async fn exchange(socket: &mut TcpStream, request: &str) -> String {
    try_exchange(socket, request).await.unwrap()
}

pub(crate) async fn try_exchange(socket: &mut TcpStream, request: &str) -> anyhow::Result<String> {
    socket.write_all(request.as_bytes()).await?;
    let mut response = String::new();
    while !is_complete(&response) {
        let mut buffer = [0; 4096];
        let length = socket.read(&mut buffer).await?;
        anyhow::ensure!(length > 0, "closed after {response:?}");
        response.push_str(std::str::from_utf8(&buffer[..length])?);
    }
    Ok(response)
}

fn is_complete(response: &str) -> bool {
    let Some((head, body)) = response.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    body.len() == length.parse::<usize>().unwrap()
}

/// Reads until the connection is closed; a reset is an error.
pub(crate) async fn read_to_end(socket: &mut TcpStream) -> String {
    let mut text = String::new();
    socket.read_to_string(&mut text).await.unwrap();
    text
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_malformed_request_in_several_writes_gets_a_response_and_no_reset() {
    let app = TestApp::<Notes>::start(&[]).await;
    for address in [app.running.addr, app.running.admin_addr] {
        // Each of these is malformed before its line ends.
        for line in
            ["GE\"T / HTTP/1.1", "GET /\u{1} HTTP/1.1", "GET / HTTQ/1.1", "\u{16}\u{3}\u{1}"]
        {
            let mut socket = connect(address).await;
            socket.write_all(line.as_bytes()).await.unwrap();
            let mut status = [0; 12];
            socket.read_exact(&mut status).await.unwrap();
            assert_eq!(&status, b"HTTP/1.1 400", "{line:?}");
            for more in ["\r\n", "host: notes\r\n", "content-length: 3\r\n", "\r\nabc"] {
                socket.write_all(more.as_bytes()).await.unwrap();
            }
            socket.shutdown().await.unwrap();
            let head = read_to_end(&mut socket).await;
            assert!(head.ends_with("\r\n\r\n") && head.contains("connection: close"), "{head}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_malformed_request_that_arrives_byte_by_byte_gets_one_response() {
    let app = TestApp::<Notes>::start(&[]).await;
    let request = "GET /v1/notes HTTP/1.1\r\nhost: notes\r\nbad header: x\r\nmore: y\r\n\r\n";
    let mut socket = connect(app.running.addr).await;
    let first = exchange(&mut socket, "GET /v1/notes HTTP/1.1\r\nhost: notes\r\n\r\n").await;
    assert!(first.starts_with("HTTP/1.1 401"), "{first}");
    for byte in request.as_bytes() {
        socket.write_all(&[*byte]).await.unwrap();
    }
    socket.shutdown().await.unwrap();
    let second = read_to_end(&mut socket).await;
    assert!(second.starts_with("HTTP/1.1 400"), "{second}");
    assert_eq!(second.matches("HTTP/1.1").count(), 1, "{second}");
}

/// A connection that sends nothing gets a 408 after ten seconds, the server's limit for the headers of a request. That is
/// twice the time after which actix closes idle connections by default.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idle_connection_can_be_used_again_after_another_one_timed_out() {
    let app = TestApp::<Notes>::start(&[]).await;
    let request = "GET /v1/notes HTTP/1.1\r\nhost: notes\r\n\r\n";
    let idle = async |address| {
        let (mut idle, mut silent) = (connect(address).await, connect(address).await);
        exchange(&mut idle, request).await;
        let timed_out = read_to_end(&mut silent).await;
        assert!(timed_out.starts_with("HTTP/1.1 408"), "{timed_out}");
        exchange(&mut idle, request).await;
    };
    tokio::join!(idle(app.running.addr), idle(app.running.admin_addr));
}
