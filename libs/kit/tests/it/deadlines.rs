//! Work on a request ends when its caller's deadline passes, also in the services that are called on its behalf.

use std::time::{Duration, Instant};

use actix_web::{HttpResponse, web};
use kit::{
    db::{Conn, DbError},
    http::problem::Problem,
    id::Ids,
};
use testkit::app::TestApp;
use tokio::{io::AsyncReadExt as _, net::TcpListener};

use crate::notes::{self, App, Notes, WRITE};

/// Writes a note and never ends.
pub(crate) async fn slow(app: web::Data<App>) -> Result<HttpResponse, Problem> {
    let (id, tenant_id) = (app.kit.ids.next(), app.kit.ids.next());
    let write = async |conn: &mut Conn| -> Result<(), DbError> {
        notes::insert(conn, id, tenant_id, "slow").await?;
        std::future::pending().await
    };
    app.db.tx("note.slow", tenant_id, write).await?;
    Ok(HttpResponse::Ok().finish())
}

/// Calls another service, with a longer deadline than that of its own caller.
pub(crate) async fn slower(app: web::Data<App>) -> Result<HttpResponse, Problem> {
    let peer = app.kit.peer("keyring").map_err(|error| Problem::internal(&error))?;
    let _: serde_json::Value = peer
        .get("/slower", Duration::from_secs(9))
        .await
        .map_err(|_unavailable| Problem::unavailable("The other"))?;
    Ok(HttpResponse::Ok().finish())
}

async fn post(app: &TestApp<Notes>, path: &str, deadline_ms: u64) -> (u16, serde_json::Value) {
    let token = app.fakes.token(&app.clock, "notes", Ids.next(), WRITE);
    let http = kit::client::plain::build(Duration::from_secs(20)).unwrap();
    let url = format!("http://{}{path}", app.running.addr);
    let request = http.post(url).bearer_auth(token).header("x-deadline-ms", deadline_ms);
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    assert!(response.headers().contains_key("x-request-id"));
    (status, response.json().await.unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handler_that_exceeds_its_deadline_is_dropped_with_its_transaction() {
    let app = TestApp::<Notes>::start(&[]).await;
    let started = Instant::now();
    // More often than the pool has connections, to check that none is lost.
    for _ in 0..6 {
        let (status, problem) = post(&app, "/v1/slow", 150).await;
        assert_eq!((status, &problem["code"]), (504, &"deadline_exceeded".into()), "{problem}");
    }
    assert!(started.elapsed() < Duration::from_secs(10));
    let (caller, note) = (app.caller(&[WRITE]), serde_json::json!({ "text": "on" }));
    assert_eq!(caller.post("/v1/notes", &note).await.status, 201);
    assert_eq!(
        notes::texts(&mut app.sql().await).await.unwrap(),
        ["on"],
        "the dropped transactions had no effect"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_called_service_gets_the_remaining_time_of_the_request() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let app = TestApp::<Notes>::start(&[("FOLKMOOT_KEYRING_URL", &url)]).await;
    let called = async {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut head = String::new();
        while !head.contains("\r\n\r\n") {
            let mut buffer = [0; 1024];
            let length = socket.read(&mut buffer).await.unwrap();
            head.push_str(std::str::from_utf8(&buffer[..length]).unwrap());
        }
        let line = head.lines().find_map(|line| line.strip_prefix("x-deadline-ms: "));
        (line.unwrap().parse::<u64>().unwrap(), socket)
    };
    let ((status, _), (deadline, _socket)) = tokio::join!(post(&app, "/v1/slower", 700), called);
    assert!(deadline <= 700, "{deadline} ms");
    assert!([503, 504].contains(&status), "whichever of the two deadlines passes first: {status}");
}
