//! Connections, seen from the socket: kept open between requests, and closed in order after an error.

use std::net::SocketAddr;

use testkit::app::TestApp;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::notes::Notes;

async fn connect(address: SocketAddr) -> TcpStream {
    let socket = TcpStream::connect(address).await.unwrap();
    socket.set_nodelay(true).unwrap();
    socket
}

/// Sends a request and reads its response, whole; the connection stays open.
async fn exchange(socket: &mut TcpStream, request: &str) -> String {
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    while !is_whole(&response) {
        let mut some = [0; 4096];
        let length = socket.read(&mut some).await.unwrap();
        assert_ne!(length, 0, "closed after {response:?}");
        response.push_str(std::str::from_utf8(&some[..length]).unwrap());
    }
    response
}

fn is_whole(response: &str) -> bool {
    let Some((head, body)) = response.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    body.len() == length.parse::<usize>().unwrap()
}

/// All that still comes; a reset is an error.
async fn rest(socket: &mut TcpStream) -> String {
    let mut rest = String::new();
    socket.read_to_string(&mut rest).await.unwrap();
    rest
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_malformed_request_in_several_writes_is_answered_and_not_reset() {
    let app = TestApp::<Notes>::start(&[]).await;
    for address in [app.running.addr, app.running.admin_addr] {
        // Each first line is wrong before its end.
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
            let head = rest(&mut socket).await;
            assert!(head.ends_with("\r\n\r\n") && head.contains("connection: close"), "{head}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_malformed_request_that_arrives_by_the_byte_is_answered_once() {
    let app = TestApp::<Notes>::start(&[]).await;
    let request = "GET /v1/notes HTTP/1.1\r\nhost: notes\r\nbad header: x\r\nmore: y\r\n\r\n";
    let mut socket = connect(app.running.addr).await;
    let first = exchange(&mut socket, "GET /v1/notes HTTP/1.1\r\nhost: notes\r\n\r\n").await;
    assert!(first.starts_with("HTTP/1.1 401"), "{first}");
    for byte in request.as_bytes() {
        socket.write_all(&[*byte]).await.unwrap();
    }
    socket.shutdown().await.unwrap();
    let second = rest(&mut socket).await;
    assert!(second.starts_with("HTTP/1.1 400"), "{second}");
    assert_eq!(second.matches("HTTP/1.1").count(), 1, "{second}");
}

/// The clock is the server's own limit for the head of a request: a silent connection is answered 408 after ten seconds,
/// twice the time after which actix closes idle connections when it is not told otherwise.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idle_connection_can_be_used_again_after_others_have_timed_out() {
    let app = TestApp::<Notes>::start(&[]).await;
    let request = "GET /v1/notes HTTP/1.1\r\nhost: notes\r\n\r\n";
    let idle = async |address| {
        let (mut idle, mut silent) = (connect(address).await, connect(address).await);
        exchange(&mut idle, request).await;
        let timed_out = rest(&mut silent).await;
        assert!(timed_out.starts_with("HTTP/1.1 408"), "{timed_out}");
        exchange(&mut idle, request).await;
    };
    tokio::join!(idle(app.running.addr), idle(app.running.admin_addr));
}
