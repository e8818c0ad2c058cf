//! A request sent twice acts once.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{
    app::TestApp,
    caller::{Answer, Caller},
};

use crate::notes::Notes;

const SCOPES: &[&str] = &["notes:read", "notes:write"];

async fn post(caller: &Caller, key: &str, body: &Value) -> Answer {
    let request = caller.request(Method::POST, "/v1/notes").header("idempotency-key", key);
    caller.send(request.json(body)).await
}

async fn count(caller: &Caller) -> usize {
    caller.get("/v1/notes").await.json()["data"].as_array().unwrap().len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_request_is_answered_again_and_another_under_its_key_is_refused() {
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
    assert_eq!(app.outbox().await.len(), 1, "one fact for one act");

    assert_eq!(post(&caller, "k2", &body).await.status, 201);
    assert_eq!(count(&caller).await, 2, "another key is another request");
    let colleague = app.caller_of(caller.tenant_id, SCOPES);
    assert_eq!(post(&colleague, "k1", &body).await.status, 201);
    let stranger = app.caller(SCOPES);
    assert_eq!(post(&stranger, "k1", &body).await.status, 201);
    assert_eq!((count(&caller).await, count(&stranger).await), (3, 1), "keys are each actor's own");
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
async fn a_key_that_is_none_is_told_and_a_failed_request_does_not_use_its_key_up() {
    let app = TestApp::<Notes>::start(&[]).await;
    let caller = app.caller(SCOPES);
    let refused = post(&caller, &"k".repeat(256), &json!({ "text": "hello" })).await;
    assert_eq!(refused.status, 422);
    assert_eq!(refused.json()["errors"][0]["pointer"], "Idempotency-Key");
    assert_eq!(post(&caller, "k1", &json!({ "text": 5 })).await.status, 422);
    assert_eq!(post(&caller, "k1", &json!({ "text": "five" })).await.status, 201);
}

/// The table holds neither the key nor the request in a readable form.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_table_shows_neither_key_nor_request() {
    use diesel_async::RunQueryDsl as _;

    #[derive(diesel::QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::Text)]
        row: String,
    }
    let app = TestApp::<Notes>::start(&[]).await;
    let caller = app.caller(SCOPES);
    post(&caller, "ada@lovelace.example", &json!({ "text": "lovelace" })).await;
    let sql = "SELECT idempotency::text || encode(key_fingerprint, 'escape') \
               || encode(request_fingerprint, 'escape') AS row FROM idempotency";
    let rows: Vec<Row> = diesel::sql_query(sql).load(&mut app.sql().await).await.unwrap();
    assert_eq!(rows.len(), 1);
    assert!(!rows[0].row.contains("lovelace"), "{}", rows[0].row);
}
