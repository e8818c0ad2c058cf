//! A request with an idempotency key acts once, however often it is sent.

use std::sync::atomic::Ordering;

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{
    app::TestApp,
    caller::{Caller, Response},
};

use crate::notes::{Notes, READ, WRITE};

const SCOPES: &[&str] = &[READ, WRITE];

async fn post(caller: &Caller, key: &str, body: &Value) -> Response {
    let request = caller.request(Method::POST, "/v1/notes").header("idempotency-key", key);
    caller.send(request.json(body)).await
}

async fn count(caller: &Caller) -> usize {
    caller.get("/v1/notes").await.json()["data"].as_array().unwrap().len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeated_request_gets_the_same_reply_and_a_different_one_with_its_key_is_rejected() {
    let app = TestApp::<Notes>::start(&[]).await;
    let caller = app.caller(SCOPES);
    let body = json!({ "text": "hello" });
    let first = post(&caller, "k1", &body).await;
    let again = post(&caller, "k1", &body).await;
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!(first.text, again.text);
    let other = post(&caller, "k1", &json!({ "text": "another" })).await;
    assert_eq!(other.status, 422);
    assert_eq!(other.json()["code"], "idempotency_key_reused");
    assert_eq!(count(&caller).await, 1);
    assert_eq!(app.outbox().await.len(), 1, "there is one event");

    assert_eq!(post(&caller, "k2", &body).await.status, 201);
    assert_eq!(count(&caller).await, 2, "another key makes another request");
    let colleague = app.caller_for_tenant(caller.tenant_id, SCOPES);
    assert_eq!(post(&colleague, "k1", &body).await.status, 201);
    let stranger = app.caller(SCOPES);
    assert_eq!(post(&stranger, "k1", &body).await.status, 201);
    assert_eq!((count(&caller).await, count(&stranger).await), (3, 1), "keys belong to one actor");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_requests_with_one_key_act_once() {
    let app = TestApp::<Notes>::start(&[("FOLKMOOT_NOTES_HTTP_WORKERS", "4")]).await;
    let caller = app.caller(SCOPES);
    let body = json!({ "text": "hello" });
    let answers = join_all((0..12).map(|_| post(&caller, "k1", &body))).await;
    assert!(answers.iter().all(|a| a.status == 201 && a.text == answers[0].text), "{answers:?}");
    assert_eq!(count(&caller).await, 1);
    assert_eq!(app.outbox().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quoted_key_equals_the_bare_one() {
    let app = TestApp::<Notes>::start(&[]).await;
    let caller = app.caller(SCOPES);
    let body = json!({ "text": "hello" });
    let bare = post(&caller, "k 1", &body).await;
    let quoted = post(&caller, "\"k 1\"", &body).await;
    assert_eq!((bare.status, quoted.status), (201, 201));
    assert_eq!(bare.text, quoted.text);
    assert_eq!(count(&caller).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_malformed_key_is_an_invalid_field_and_changes_nothing() {
    let app = TestApp::<Notes>::start(&[]).await;
    let caller = app.caller(SCOPES);
    let body = json!({ "text": "hello" });
    let long = "k".repeat(256);
    for key in ["", "\"", "\"open", "\"a\" b", "clé", long.as_str()] {
        let refused = post(&caller, key, &body).await;
        assert_eq!(refused.status, 422, "{key}");
        assert_eq!(refused.json()["errors"][0]["pointer"], "Idempotency-Key");
    }
    let request = caller.request(Method::POST, "/v1/notes").json(&body);
    let request = request.header("idempotency-key", "k1").header("idempotency-key", "k2");
    assert_eq!(caller.send(request).await.json()["errors"][0]["code"], "duplicate");
    assert_eq!(count(&caller).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_request_leaves_its_key_unused() {
    let app = TestApp::<Notes>::start(&[]).await;
    let caller = app.caller(SCOPES);
    assert_eq!(post(&caller, "k1", &json!({ "text": 5 })).await.status, 422);
    app.app().broken.store(true, Ordering::Relaxed);
    assert_eq!(post(&caller, "k1", &json!({ "text": "four" })).await.status, 409);
    assert_eq!(count(&caller).await, 0, "the effect was rolled back with the key");
    app.app().broken.store(false, Ordering::Relaxed);
    assert_eq!(post(&caller, "k1", &json!({ "text": "five" })).await.status, 201);
}

/// What the handler checks first may have changed meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeated_request_gets_its_reply_although_it_would_fail_now() {
    let app = TestApp::<Notes>::start(&[]).await;
    let caller = app.caller(SCOPES);
    let first = post(&caller, "k1", &json!({ "text": "hello" })).await;
    app.app().broken.store(true, Ordering::Relaxed);
    let again = post(&caller, "k1", &json!({ "text": "hello" })).await;
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!(first.text, again.text);
    assert_eq!(first.header("location"), again.header("location"));
    assert!(again.header("location").starts_with("/v1/notes/"));
    let without_scope = app.caller_for_tenant(caller.tenant_id, &[READ]);
    assert_eq!(post(&without_scope, "k1", &json!({ "text": "hello" })).await.status, 403);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_in_two_transactions_continues_where_it_stopped() {
    let app = TestApp::<Notes>::start(&[("FOLKMOOT_NOTES_HTTP_WORKERS", "4")]).await;
    let caller = app.caller(SCOPES);
    let body = json!({ "text": "hello" });
    let send = async || {
        let request = caller.request(Method::POST, "/v1/stepwise-notes");
        caller.send(request.header("idempotency-key", "k1").json(&body)).await
    };
    app.app().broken.store(true, Ordering::Relaxed);
    assert_eq!(send().await.status, 409, "it stops between them");
    app.app().broken.store(false, Ordering::Relaxed);
    let answers = join_all((0..12).map(|_| send())).await;
    assert!(answers.iter().all(|a| a.status == 201 && a.text == answers[0].text), "{answers:?}");
    assert_eq!(count(&caller).await, 1);
    assert_eq!(send().await.text, answers[0].text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn neither_key_nor_request_nor_reply_can_be_read_in_the_table() {
    use diesel_async::RunQueryDsl as _;

    #[derive(diesel::QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::Text)]
        row: String,
    }
    let app = TestApp::<Notes>::start(&[]).await;
    let caller = app.caller(SCOPES);
    let created = post(&caller, "ada@lovelace.example", &json!({ "text": "lovelace" })).await;
    assert!(created.text.contains("lovelace"));
    let sql = "SELECT idempotency::text || encode(key_fingerprint, 'escape') \
               || encode(request_fingerprint, 'escape') || encode(sealed_reply, 'escape') AS row \
               FROM idempotency";
    let rows: Vec<Row> = diesel::sql_query(sql).load(&mut app.sql().await).await.unwrap();
    assert_eq!(rows.len(), 1);
    for text in ["lovelace", "location", &hex::encode("lovelace")] {
        assert!(!rows[0].row.contains(text), "{}", rows[0].row);
    }
}
