//! Erasures from the request to the end; crashes, services that do not acknowledge, and other tenants.

use chrono::{DateTime, TimeDelta, Utc};
use contracts::{retention::SubjectErased, scopes, webhooks::DeliveriesErased};
use diesel::{
    sql_query,
    sql_types::{Timestamptz, Uuid},
};
use diesel_async::RunQueryDsl as _;
use kit::id::Ids;
use serde_json::{Value, json};

use crate::support::{self, EMAIL};

/// Promises 000-34 and 004-35
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erasure_is_complete_when_every_service_has_acknowledged_it_and_the_keyring_agrees() {
    let app = support::start().await;
    let caller = support::officer(&app);
    let subject_id = support::person(&app, caller.tenant_id).await;

    let accepted = support::erase(&caller).await;
    assert_eq!(accepted.status, 202, "{accepted:?}");
    let accepted = accepted.json();
    assert_eq!(accepted["state"], "keys_destroyed");
    assert_eq!(accepted["keys_destroyed"], 2);
    let id = accepted["id"].as_str().unwrap();

    let announced = support::announced(&app).await;
    assert_eq!(announced.len(), 1);
    assert_eq!(
        (announced[0].erasure_id.to_string(), announced[0].subject_id),
        (id.to_owned(), subject_id)
    );
    app.run_job("erasures.settle").await.unwrap();
    let open = support::shown(&caller, id).await;
    assert_eq!(open["state"], "keys_destroyed", "nobody has acknowledged it");
    assert_eq!(open["waiting_for"].as_array().unwrap().len(), 4);

    support::settle(&app).await;
    support::all_acknowledge(&app, caller.tenant_id, &announced[0], 0).await;
    app.run_job("erasures.settle").await.unwrap();
    let closed = support::shown(&caller, id).await;
    assert_eq!(closed["state"], "complete", "{closed}");
    assert_eq!(closed["services"].as_array().unwrap().len(), 5);
    assert!(closed["completed_at"].is_string());
}

/// A submit under way, or a key in a cache, may write a row after a service has acknowledged the erasure.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_acknowledgement_proves_nothing_before_caches_and_requests_have_run_out() {
    let app = support::start().await;
    let caller = support::officer(&app);
    support::person(&app, caller.tenant_id).await;
    let id = support::erase(&caller).await.json()["id"].as_str().unwrap().to_owned();
    let first = support::announced(&app).await;
    support::all_acknowledge(&app, caller.tenant_id, &first[0], 0).await;
    app.run_job("erasures.settle").await.unwrap();
    let open = support::shown(&caller, &id).await;
    assert_eq!((&open["state"], &open["waiting_for"]), (&json!("keys_destroyed"), &json!([])));
    assert_eq!(support::announced(&app).await.len(), 1, "not before the time");
    assert_eq!(caller.get(&format!("/v1/erasures/{id}/receipt")).await.status, 409);

    support::settle(&app).await;
    app.run_job("erasures.settle").await.unwrap();
    let again = support::announced(&app).await;
    assert_eq!(
        (again.len(), again[1].erasure_id),
        (2, first[0].erasure_id),
        "announced again, once"
    );
    assert_eq!(
        support::shown(&caller, &id).await["state"],
        "keys_destroyed",
        "nobody acknowledged it"
    );
    let row_found = DeliveriesErased { rows: 1, remaining: 0, ..deliveries(&again[1]) };
    app.deliver(caller.tenant_id, &row_found).await.unwrap();
    app.run_job("erasures.settle").await.unwrap();
    assert_eq!(support::shown(&caller, &id).await["state"], "keys_destroyed", "three are silent");

    support::all_acknowledge(&app, caller.tenant_id, &again[1], 0).await;
    app.run_job("erasures.settle").await.unwrap();
    let closed = support::shown(&caller, &id).await;
    assert_eq!(closed["state"], "complete", "{closed}");
    let time = |value: &Value| value.as_str().unwrap().parse::<DateTime<Utc>>().unwrap();
    let from = time(&closed["keys_destroyed_at"]) + TimeDelta::seconds(10);
    assert!(time(&closed["announced_at"]) >= from);
    let services = closed["services"].as_array().unwrap();
    assert!(services.iter().all(|service| time(&service["answered_at"]) >= from), "{closed}");
}

fn deliveries(erased: &SubjectErased) -> DeliveriesErased {
    let SubjectErased { erasure_id, subject_id } = *erased;
    DeliveriesErased { erasure_id, subject_id, rows: 0, remaining: 0 }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_erasure_that_fails_does_not_keep_the_others_waiting() {
    let app = support::start().await;
    let (first, second) = (support::officer(&app), support::officer(&app));
    let mut ids = Vec::new();
    for caller in [&first, &second] {
        support::person(&app, caller.tenant_id).await;
        ids.push(support::erase(caller).await.json()["id"].as_str().unwrap().to_owned());
    }
    support::settle(&app).await;
    for (caller, erased) in [&first, &second].into_iter().zip(support::announced(&app).await) {
        support::all_acknowledge(&app, caller.tenant_id, &erased, 0).await;
    }
    // Our own acknowledgement of the first one overflows when a late schedule is deleted.
    let spoil = [
        format!("UPDATE answers SET rows = {} WHERE service = 'retention' AND erasure_id = '{}'", i64::MAX, ids[0]),
        format!(
            "INSERT INTO schedules SELECT gen_random_uuid(), tenant_id, gen_random_uuid(), subject, now()
             FROM erasures WHERE id = '{}'",
            ids[0]
        ),
    ];
    for statement in spoil {
        assert_eq!(sql_query(statement).execute(&mut app.sql().await).await.unwrap(), 1);
    }
    app.run_job("erasures.settle").await.unwrap();
    assert_eq!(support::shown(&first, &ids[0]).await["state"], "keys_destroyed");
    assert_eq!(support::shown(&second, &ids[1]).await["state"], "complete");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn neither_the_ledger_nor_any_response_contains_an_address() {
    let app = support::start().await;
    let caller = support::officer(&app);
    let id = support::erased_for_good(&app, &caller).await;
    let texts = [
        support::shown(&caller, &id).await.to_string(),
        caller.get("/v1/erasures").await.text,
        format!("{:?}", app.outbox().await),
    ];
    assert!(texts.iter().all(|text| !text.contains(EMAIL) && !text.contains("lovelace")));
    assert!(texts[0].contains("keys_destroyed"), "the control is found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_person_gets_the_same_response_with_nothing_in_it() {
    let app = support::start().await;
    let caller = support::officer(&app);
    let unknown = support::erase(&caller).await;
    support::person(&app, caller.tenant_id).await;
    let known = support::erase(&caller).await;
    assert_eq!((unknown.status, known.status), (202, 202));
    let keys = |response: &testkit::caller::Response| -> Vec<String> {
        response.json().as_object().unwrap().keys().cloned().collect()
    };
    assert_eq!(keys(&unknown), keys(&known));
    assert_eq!(unknown.json()["state"], "complete");
    assert_eq!(unknown.json()["keys_destroyed"], 0);
    assert_eq!(
        support::announced(&app).await.len(),
        1,
        "without a person there is nothing to announce"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erasure_that_stopped_after_the_ledger_is_resumed_by_the_job() {
    use contracts::keyring::Purpose;

    let app = support::start().await;
    let caller = support::officer(&app);
    let subject_id = support::person(&app, caller.tenant_id).await;
    // The process crashes between the ledger's commit and the keyring: only the ledger's line is there.
    let (id, now) = (Ids.next(), app.clock.now());
    let recorded = sql_query(
        "INSERT INTO erasures (id, tenant_id, subject, actor_id, state, recorded_at)
         VALUES ($1, $2, $3, 'dpo', 'recorded', $4)",
    )
    .bind::<Uuid, _>(id)
    .bind::<Uuid, _>(caller.tenant_id)
    .bind::<Uuid, _>(subject_id)
    .bind::<Timestamptz, _>(now)
    .execute(&mut app.sql().await)
    .await;
    assert_eq!(recorded.unwrap(), 1);
    app.run_job("erasures.resume").await.unwrap();
    let state = support::shown(&caller, &id.to_string()).await["state"].clone();
    assert_eq!(state, "recorded", "a request under way is left alone");

    app.clock.advance(TimeDelta::minutes(1));
    let caller = app.caller_for_tenant(caller.tenant_id, &[scopes::RIGHTS_READ]);
    app.run_job("erasures.resume").await.unwrap();
    app.run_job("erasures.resume").await.unwrap();
    assert_eq!(support::shown(&caller, &id.to_string()).await["state"], "keys_destroyed");
    assert_eq!(support::announced(&app).await.len(), 1, "resumed once");
    let found = app.app().keyring.find(Purpose::SubjectAccess, caller.tenant_id, EMAIL).await;
    assert_eq!(found.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_keyring_nothing_is_recorded_and_the_caller_should_retry_later() {
    let app = support::start().await;
    let caller = support::officer(&app);
    support::person(&app, caller.tenant_id).await;
    app.fakes.keyring.lock().unwrap().down = true;
    let refused = support::erase(&caller).await;
    assert_eq!((refused.status, refused.header("retry-after")), (503, "5"));
    let list = caller.get("/v1/erasures").await.json();
    assert_eq!(list["data"], json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_left_in_a_service_make_it_partial_and_it_is_announced_again_until_they_are_gone() {
    let app = support::start().await;
    let caller = support::officer(&app);
    support::person(&app, caller.tenant_id).await;
    let id = support::erase(&caller).await.json()["id"].as_str().unwrap().to_owned();
    let announced = support::announced(&app).await;
    support::all_acknowledge(&app, caller.tenant_id, &announced[0], 1).await;
    app.run_job("erasures.settle").await.unwrap();
    assert_eq!(support::shown(&caller, &id).await["state"], "partial");
    let listed = caller.get("/v1/erasures?state=partial").await.json();
    assert_eq!(listed["data"][0]["id"], id);
    let receipt = caller.get(&format!("/v1/erasures/{id}/receipt")).await;
    assert_eq!((receipt.status, receipt.json()["code"].as_str()), (409, Some("erasure_open")));

    app.clock.advance(TimeDelta::minutes(6));
    let caller = app.caller_for_tenant(caller.tenant_id, &[scopes::RIGHTS_READ]);
    assert_eq!(support::shown(&caller, &id).await["late"], true);
    app.run_job("erasures.resume").await.unwrap();
    let again = support::announced(&app).await;
    assert_eq!(again.len(), 2);
    support::all_acknowledge(&app, caller.tenant_id, &again[1], 0).await;
    app.run_job("erasures.settle").await.unwrap();
    let closed = support::shown(&caller, &id).await;
    assert_eq!(closed["state"], "complete");
    let webhooks =
        closed["services"].as_array().unwrap().iter().find(|s| s["service"] == "webhooks");
    assert_eq!(webhooks.unwrap()["rows"], 2, "what was deleted in both rounds");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_tenants_erasure_can_be_neither_seen_nor_acknowledged() {
    let app = support::start().await;
    let (caller, other) = (support::officer(&app), support::officer(&app));
    support::person(&app, caller.tenant_id).await;
    let id = support::erase(&caller).await.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(other.get(&format!("/v1/erasures/{id}")).await.status, 404);
    assert_eq!(other.get(&format!("/v1/erasures/{id}/receipt")).await.status, 404);
    assert_eq!(other.get("/v1/erasures").await.json()["data"], json!([]));
    let announced = support::announced(&app).await;
    support::all_acknowledge(&app, other.tenant_id, &announced[0], 0).await;
    app.run_job("erasures.settle").await.unwrap();
    assert_eq!(support::shown(&caller, &id).await["state"], "keys_destroyed");
    let reader = app.caller_for_tenant(caller.tenant_id, &[scopes::RIGHTS_READ]);
    assert_eq!(support::erase(&reader).await.status, 403);
    assert_eq!(support::erase(&caller.anonymous()).await.status, 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_sent_twice_with_its_key_is_one_erasure() {
    let app = support::start().await;
    let caller = support::officer(&app);
    support::person(&app, caller.tenant_id).await;
    let send = async |body: Value| {
        let request = caller.request("POST".parse().unwrap(), "/v1/erasures");
        caller.send(request.header("idempotency-key", "k-1").json(&body)).await
    };
    let first = send(json!({ "email": EMAIL })).await;
    let second = send(json!({ "email": EMAIL })).await;
    assert_eq!((first.status, second.status), (202, 202));
    assert_eq!(first.json()["id"], second.json()["id"]);
    let other = send(json!({ "email": "bob@example.org" })).await;
    assert_eq!(
        (other.status, other.json()["code"].as_str()),
        (422, Some("idempotency_key_reused"))
    );
    assert_eq!(support::announced(&app).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_invalid_field_is_reported_and_nothing_is_recorded() {
    let app = support::start().await;
    let caller = support::officer(&app);
    let body = json!({ "email": "nobody", "source_hint": "my neighbour Ada said so" });
    let refused = caller.post("/v1/erasures", &body).await;
    let errors = refused.json()["errors"].clone();
    assert_eq!(refused.status, 422);
    assert_eq!(
        (&errors[0]["pointer"], &errors[1]["pointer"]),
        (&json!("/email"), &json!("/source_hint"))
    );
    assert!(!refused.text.contains("Ada"));
    assert_eq!(caller.post("/v1/erasures", &json!({ "mail": "a@b.example" })).await.status, 422);
    assert_eq!(caller.get("/v1/erasures?state=gone").await.status, 422);
    assert_eq!(caller.get("/v1/erasures").await.json()["data"], json!([]));
}
