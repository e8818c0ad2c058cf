//! Calls to another service that is being replaced: it closes connections on which a request is on its way, or refuses them
//! for a moment.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use kit::{clock::Clock, id::Ids};
use serde_json::{Value, json};
use socket2::{SockFilter, SockRef};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use crate::{notes::READ, support::Shared};

const DEADLINE: Duration = Duration::from_secs(10);

/// Reads a request, and returns whether there was one.
async fn read_request(socket: &mut TcpStream) -> bool {
    let mut text = Vec::new();
    while !text.ends_with(b"\r\n\r\n") && !text.ends_with(b"{}") {
        if socket.read_buf(&mut text).await.unwrap_or(0) == 0 {
            return false;
        }
    }
    true
}

/// Answers the first request of each connection, and closes it when the second arrives. Counts the requests.
async fn serve(listener: TcpListener, requests: Arc<AtomicUsize>) {
    while let Ok((mut socket, _)) = listener.accept().await {
        if read_request(&mut socket).await {
            requests.fetch_add(1, Relaxed);
            let response = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
            socket.write_all(response).await.unwrap();
        }
        if read_request(&mut socket).await {
            requests.fetch_add(1, Relaxed);
        }
    }
}

#[tokio::test]
async fn a_call_that_is_closed_without_a_response_is_repeated() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let requests = Arc::<AtomicUsize>::default();
    let server = serve(listener, requests.clone());
    let calls = async {
        let replica = Shared::new().await.replica_with(&[("FOLKMOOT_POSTCODES_URL", &url)]).await;
        let peer = replica.app().kit.peer("postcodes").unwrap();
        for _ in 0..2 {
            assert_eq!(peer.get::<Value>("/", DEADLINE).await.unwrap(), json!({}));
        }
        assert_eq!(requests.load(Relaxed), 3, "the second one was sent again");
        assert_eq!(peer.post::<Value>("/", &json!({}), DEADLINE).await.unwrap(), json!({}));
        assert_eq!(requests.load(Relaxed), 5, "so was the third");
        replica.stop().await;
    };
    tokio::select! {
        () = server => panic!("the server ended"),
        () = calls => {}
    }
}

#[tokio::test]
async fn a_call_waits_a_moment_for_a_service_that_refuses_connections() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = closed.local_addr().unwrap();
    drop(closed);
    let url = format!("http://{addr}");
    let replica = Shared::new().await.replica_with(&[("FOLKMOOT_POSTCODES_URL", &url)]).await;
    let peer = replica.app().kit.peer("postcodes").unwrap();
    let server = async {
        // The second tick is after the first repetition, and before the last one, since both are of this thread's clock.
        let mut ticks = tokio::time::interval(Duration::from_millis(20));
        for _ in 0..2 {
            ticks.tick().await;
        }
        serve(TcpListener::bind(addr).await.unwrap(), Arc::default()).await;
    };
    let body = json!({});
    tokio::select! {
        () = server => panic!("the server ended"),
        response = peer.post::<Value>("/", &body, DEADLINE) => assert_eq!(response.unwrap(), body),
    }
    replica.stop().await;
}

/// A new replica may get its first request before the gateway's key set has reached it.
#[tokio::test]
async fn a_key_set_is_fetched_again_when_the_gateway_closes_the_connection() {
    let shared = Shared::new().await;
    let http = kit::client::plain::build(DEADLINE).unwrap();
    let keys = http.get(format!("{}/internal/v1/jwks.json", shared.fakes.url)).send().await;
    let keys = keys.unwrap().text().await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let gateway = async {
        let (mut first, _) = listener.accept().await.unwrap();
        read_request(&mut first).await;
        drop(first);
        while let Ok((mut socket, _)) = listener.accept().await {
            read_request(&mut socket).await;
            let length = keys.len();
            let response = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{keys}");
            socket.write_all(response.as_bytes()).await.unwrap();
        }
    };
    let verifying = async {
        let replica = shared.replica_with(&[("FOLKMOOT_GATEWAY_URL", &url)]).await;
        let token = shared.fakes.token(&Clock::default(), "notes", Ids.next(), READ);
        replica.app().kit.verifier.verify(&token).await.unwrap();
        replica.stop().await;
    };
    tokio::select! {
        () = gateway => panic!("the gateway ended"),
        () = verifying => {}
    }
}

/// A server whose processors are taken answers that it had no time to read the request.
#[tokio::test]
async fn a_call_that_was_not_read_in_time_is_repeated() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = async {
        let responses = [
            "408 Request Timeout\r\ncontent-length: 0\r\nconnection: close",
            "200 OK\r\ncontent-length: 2",
        ];
        for response in responses {
            let (mut socket, _) = listener.accept().await.unwrap();
            read_request(&mut socket).await;
            let response = format!("HTTP/1.1 {response}\r\n\r\n{{}}");
            socket.write_all(response.as_bytes()).await.unwrap();
        }
        std::future::pending::<()>().await;
    };
    let calls = async {
        let replica = Shared::new().await.replica_with(&[("FOLKMOOT_POSTCODES_URL", &url)]).await;
        let peer = replica.app().kit.peer("postcodes").unwrap();
        assert_eq!(peer.post::<Value>("/", &json!({}), DEADLINE).await.unwrap(), json!({}));
        replica.stop().await;
    };
    tokio::select! {
        () = server => panic!("the server ended"),
        () = calls => {}
    }
}

/// The filter of a socket that drops all that arrives, as if the host were gone: BPF's `ret 0`.
const DROP: SockFilter = SockFilter::new(6, 0, 0, 0);

/// The address of a removed pod answers nothing, not even that the port is closed.
#[tokio::test]
async fn a_call_on_a_connection_to_a_host_that_is_gone_is_repeated_on_another() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = async {
        let mut gone = Vec::new();
        while let Ok((mut socket, _)) = listener.accept().await {
            read_request(&mut socket).await;
            SockRef::from(&socket).attach_filter(&[DROP]).unwrap();
            let response = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
            socket.write_all(response).await.unwrap();
            gone.push(socket);
        }
    };
    let calls = async {
        let replica = Shared::new().await.replica_with(&[("FOLKMOOT_POSTCODES_URL", &url)]).await;
        let peer = replica.app().kit.peer("postcodes").unwrap();
        for _ in 0..2 {
            assert_eq!(peer.get::<Value>("/", DEADLINE).await.unwrap(), json!({}));
        }
        replica.stop().await;
    };
    tokio::select! {
        () = server => panic!("the server ended"),
        () = calls => {}
    }
}
