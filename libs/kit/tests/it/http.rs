//! Responses to requests that are not valid, and to HEAD.

use diesel::sql_query;
use kit::db::{Conn, DbError};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{app::TestApp, caller::Response};

use crate::notes::{Notes, READ, WRITE};

const SCOPES: &[&str] = &[READ, WRITE];

#[track_caller]
fn assert_problem(answer: &Response, status: u16, code: &str) -> Value {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert!(answer.header("x-request-id").parse::<uuid::Uuid>().is_ok(), "{answer:?}");
    let body = answer.json();
    assert_eq!((&body["status"], &body["code"]), (&json!(status), &json!(code)));
    assert_eq!(body["type"], format!("/problems/{code}"));
    assert!(body["title"].is_string());
    body
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unknown_paths_methods_and_ids_are_problems() {
    let app = TestApp::<Notes>::start(&[]).await;
    let caller = app.caller(SCOPES);
    assert_problem(&caller.get("/v1/nothing").await, 404, "not_found");
    let refused = caller.delete("/v1/notes").await;
    assert_problem(&refused, 405, "method_not_allowed");
    assert_eq!(refused.header("allow"), "POST, GET, HEAD");
    assert_problem(&caller.get("/v1/notes/not-an-id").await, 404, "not_found");
    let unknown = format!("/v1/notes/{}", kit::id::Ids.next());
    assert_problem(&caller.get(&unknown).await, 404, "not_found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn head_responds_like_get_without_a_body_and_with_the_same_access() {
    let app = TestApp::<Notes>::start(&[]).await;
    let caller = app.caller(SCOPES);
    let head = caller.send(caller.request(Method::HEAD, "/v1/notes")).await;
    let get = caller.get("/v1/notes").await;
    assert_eq!((head.status, head.text.as_str()), (200, ""));
    assert_eq!(head.header("content-length"), get.header("content-length"));
    let stranger = app.caller(&[]);
    assert_eq!(stranger.send(stranger.request(Method::HEAD, "/v1/notes")).await.status, 403);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invalid_query_is_reported_by_parameter_and_without_its_value() {
    let app = TestApp::<Notes>::start(&[]).await;
    let caller = app.caller(SCOPES);
    for (query, code) in [
        ("limit=lovelace", "out_of_range"),
        ("limit=0", "out_of_range"),
        ("limit=1&limit=2", "duplicate"),
    ] {
        let answer = caller.get(&format!("/v1/notes?{query}")).await;
        let body = assert_problem(&answer, 422, "invalid");
        assert_eq!(body["errors"][0]["pointer"], "limit", "{query}");
        assert_eq!(body["errors"][0]["code"], code, "{query}");
        assert!(!answer.text.contains("lovelace"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invalid_body_is_reported_by_pointer_and_without_its_value() {
    let app = TestApp::<Notes>::start(&[]).await;
    let caller = app.caller(SCOPES);
    let wrong = json!({ "text": "t", "tags": [{ "name": "a" }, { "name": ["lovelace"] }] });
    let answer = caller.post("/v1/notes", &wrong).await;
    let body = assert_problem(&answer, 422, "invalid");
    assert_eq!(body["errors"][0]["pointer"], "/tags/1/name");
    assert_eq!(body["errors"][0]["code"], "malformed");
    assert!(!answer.text.contains("lovelace"));
    for body in [json!({ "text": 5 }), json!({}), json!({ "text": "t", "lovelace": 1 })] {
        let answer = caller.post("/v1/notes", &body).await;
        assert_problem(&answer, 422, "invalid");
    }
    for text in ["{", "", "{\"text\":\"t\"} {}", "\u{0}"] {
        let request = caller.request(Method::POST, "/v1/notes").body(text);
        let answer = caller.send(request.header("content-type", "application/json")).await;
        assert_problem(&answer, 400, "bad_request");
    }
    assert_eq!(caller.get("/v1/notes").await.json()["data"], json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_that_are_too_large_or_not_json_are_rejected() {
    let app = TestApp::<Notes>::start(&[]).await;
    let caller = app.caller(SCOPES);
    let large = json!({ "text": "x".repeat(70_000) });
    assert_problem(&caller.post("/v1/notes", &large).await, 413, "too_large");
    // Without a Content-Length, so that the bytes are counted.
    let chunks: Vec<Result<Vec<u8>, std::io::Error>> = vec![Ok(vec![b' '; 40_000]); 2]
        .into_iter()
        .map(|chunk: Result<Vec<u8>, std::convert::Infallible>| Ok(chunk.unwrap()))
        .collect();
    let stream = reqwest::Body::wrap_stream(futures_util::stream::iter(chunks));
    let request = caller.request(Method::POST, "/v1/notes").body(stream);
    let answer = caller.send(request.header("content-type", "application/json")).await;
    assert_problem(&answer, 413, "too_large");
    let request = caller.request(Method::POST, "/v1/notes").body("text=t");
    let form = request.header("content-type", "application/x-www-form-urlencoded");
    assert_problem(&caller.send(form).await, 415, "unsupported_media_type");
    let upper_case =
        caller.request(Method::POST, "/v1/notes").header("content-type", "Application/JSON");
    assert_ne!(caller.send(upper_case.body("{}")).await.status, 415);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_id_is_kept_only_if_it_is_a_uuid() {
    let app = TestApp::<Notes>::start(&[]).await;
    let caller = app.caller(SCOPES);
    let given = kit::id::Ids.next().to_string();
    let with = |id: &str| caller.request(Method::GET, "/v1/notes").header("x-request-id", id);
    assert_eq!(caller.send(with(&given)).await.header("x-request-id"), given);
    for free_text in ["ada@lovelace.example", "1", ""] {
        let answer = caller.send(with(free_text)).await;
        let new = answer.header("x-request-id");
        assert!(new.parse::<uuid::Uuid>().is_ok() && new != free_text, "{new}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_database_connection_causes_at_most_a_503_and_is_replaced() {
    use diesel_async::RunQueryDsl as _;

    let app = TestApp::<Notes>::start(&[("FOLKMOOT_NOTES_POOL_SIZE", "1")]).await;
    let caller = app.caller(SCOPES);
    let find = async |conn: &mut Conn| -> Result<Backend, DbError> {
        Ok(sql_query("SELECT pg_backend_pid() AS pid").get_result(conn).await?)
    };
    let backend = app.app().db.tx("test.pid", caller.tenant_id, find).await.unwrap();
    let terminate = format!("SELECT pg_terminate_backend({})", backend.pid);
    sql_query(terminate).execute(&mut crate::support::admin().await).await.unwrap();
    let answer = caller.get("/v1/notes").await;
    assert!([200, 503].contains(&answer.status), "{answer:?}");
    testkit::wait::eventually("a new connection", async || {
        (caller.get("/v1/notes").await.status == 200).then_some(())
    })
    .await;
}

#[derive(diesel::QueryableByName)]
struct Backend {
    #[diesel(sql_type = diesel::sql_types::Integer)]
    pid: i32,
}
