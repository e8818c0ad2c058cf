//! People, keys, destruction.

use kit::id::Ids;
use serde_json::json;
use testkit::sql;

use crate::support::ring;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_address_is_the_same_person_in_one_tenant_and_a_stranger_in_another() {
    let ring = ring().await;
    let (tenant, other) = (Ids.next(), Ids.next());
    let first = ring.resolve(tenant, "Ada@Example.org").await;
    assert_eq!(first, ring.resolve(tenant, " ada@example.org").await);
    assert_eq!(first["keys"][0]["state"], "active");
    let stranger = ring.resolve(other, "ada@example.org").await;
    for field in ["subject_id", "address_tag"] {
        assert_ne!(first[field], stranger[field], "{field} joins two tenants");
    }
}

/// Promises 000-34 and 004-51: what a destroyed key sealed stays unreadable, and a person who comes back is a new subject.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_destroyed_key_is_never_given_again_and_the_person_comes_back_as_somebody_new() {
    let ring = ring().await;
    let tenant = Ids.next();
    let person = ring.resolve(tenant, "ada@example.org").await;
    assert_eq!(ring.destroy(tenant, &person["subject_id"]).await, json!({"keys": 1}));
    assert_eq!(ring.destroy(tenant, &person["subject_id"]).await, json!({"keys": 0}), "idempotent");
    assert_eq!(ring.open("record", tenant, &person["subject_id"]).await["state"], "destroyed");
    let again = ring.resolve(tenant, "ada@example.org").await;
    assert_ne!(again["subject_id"], person["subject_id"]);
    assert_eq!(again["keys"][0]["state"], "active");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_tenant_neither_opens_nor_destroys_a_persons_key() {
    let ring = ring().await;
    let (tenant, other) = (Ids.next(), Ids.next());
    let person = ring.resolve(tenant, "ada@example.org").await;
    assert_eq!(ring.open("record", other, &person["subject_id"]).await["state"], "missing");
    assert_eq!(ring.destroy(other, &person["subject_id"]).await, json!({"keys": 0}));
    assert_eq!(ring.open("record", tenant, &person["subject_id"]).await, person["keys"][0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_at_once_make_one_person_and_one_key() {
    let ring = ring().await;
    let tenant = Ids.next();
    let asks = (0..16).map(|_| ring.resolve(tenant, "ada@example.org"));
    let mut answers = Vec::new();
    for ask in asks.collect::<Vec<_>>() {
        answers.push(ask);
    }
    let answers = futures_util::future::join_all(answers).await;
    assert!(answers.iter().all(|answer| answer == &answers[0]), "{answers:?}");
}

/// A commit that wrote nothing is not flushed, and comes sooner.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn finding_a_person_writes_as_creating_them_does() {
    let ring = ring().await;
    let tenant = Ids.next();
    let mut connection = ring.app.sql().await;
    let written_by = "SELECT xmin::text::bigint FROM subjects";
    let person = ring.resolve(tenant, "ada@example.org").await;
    let created = sql::count(&mut connection, written_by).await;
    assert_eq!(ring.resolve(tenant, "ada@example.org").await, person);
    assert_ne!(sql::count(&mut connection, written_by).await, created);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_database_holds_neither_an_address_nor_a_key_that_opens() {
    let ring = ring().await;
    let person = ring.resolve(Ids.next(), "canary@example.org").await;
    let key = person["keys"][0]["key"].as_str().unwrap().to_owned();
    let query =
        "SELECT s::text FROM subjects s UNION ALL SELECT encode(wrapped, 'base64') FROM data_keys
                 UNION ALL SELECT i::text FROM index_keys i";
    let rows = sql::texts(&mut ring.app.sql().await, query).await;
    assert!(rows.len() >= 3);
    assert!(rows.iter().all(|row| !row.contains("canary") && !row.contains(&key)));
}
