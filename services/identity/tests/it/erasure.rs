//! What is left of a user who was erased: nothing but pseudonyms.

use contracts::{
    identity::{PLATFORM_TENANT, UserErased},
    retention::SubjectErased,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{EMAIL, PASSWORD, suite};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erased_user_is_gone_and_the_answer_says_so_once() {
    let suite = suite().await;
    let bo = suite.add("bo@rivers.example", "admin").await.json()["id"].clone();
    let subject_id: Uuid = bo.as_str().unwrap().parse().unwrap();
    let token = suite.sign_in("bo@rivers.example", PASSWORD).await.json()["refresh_token"].clone();
    let bo = suite.user(suite.rivers.tenant_id, subject_id, &["tenant:write"]);
    assert_eq!(bo.patch("/v1/tenant", &json!({ "name": "Rivers" })).await.status, 200);

    let erasure_id = Uuid::from_u128(42);
    let event = SubjectErased { erasure_id, subject_id };
    let supporter = SubjectErased { erasure_id, subject_id: Uuid::from_u128(7) };
    suite.app.deliver(suite.rivers.tenant_id, &supporter).await.unwrap();
    assert_eq!(suite.refresh(&token).await.status, 200, "another tenant's subject is nobody here");
    suite.app.deliver(PLATFORM_TENANT, &event).await.unwrap();
    suite.app.deliver(PLATFORM_TENANT, &event).await.unwrap();

    let answers: Vec<UserErased> = suite
        .app
        .outbox()
        .await
        .iter()
        .filter(|row| row.kind == "identity.user.erased.v1")
        .map(|row| serde_json::from_str(&row.payload).unwrap())
        .collect();
    let counts: Vec<_> = answers.iter().map(|a| (a.erasure_id, a.rows, a.remaining)).collect();
    // Nothing is held of a supporter, and that is answered; then user, membership, session, sign-in; then nothing.
    assert_eq!(counts, [(erasure_id, 0, 0), (erasure_id, 4, 0), (erasure_id, 0, 0)]);
    assert_eq!(suite.sign_in("bo@rivers.example", PASSWORD).await.status, 401);
    assert_eq!(suite.owner().get("/v1/users").await.json()["data"].as_array().unwrap().len(), 1);
    assert_eq!(suite.sign_in(EMAIL, PASSWORD).await.status, 200);

    let log = suite.owner().get("/v1/audit").await.json();
    let newest = &log["data"][0];
    assert_eq!((&newest["actor_id"], &newest["actor_name"]), (&json!(subject_id), &Value::Null));
}
