//! People about whom nobody holds anything.

use chrono::TimeDelta;
use kit::id::Ids;
use serde_json::{Value, json};
use testkit::sql::count;
use uuid::Uuid;

use crate::support::{Ring, ring};

const QUIET: TimeDelta = TimeDelta::minutes(2);
const EMAIL: &str = "ada@example.org";

/// Reports that a person left; true if they have to be reported again.
async fn leave(ring: &Ring, tenant: Uuid, person: &Value) -> bool {
    let subject_id = &person["subject_id"];
    let body = json!({"people": [{"tenant_id": tenant, "subject_id": subject_id}]});
    let left = ring.service("campaigns").post("/internal/v1/subjects/leave", &body).await;
    assert_eq!(left.status, 200, "{}", left.text);
    left.json()["leaving"].as_array().unwrap().contains(subject_id)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_who_left_has_neither_index_nor_key_and_comes_back_as_somebody_new() {
    let ring = ring().await;
    let tenant = Ids.next();
    let person = ring.resolve(tenant, EMAIL).await;
    assert!(leave(&ring, tenant, &person).await);
    assert!(leave(&ring, tenant, &person).await, "a request that found them may still store a row");
    assert_eq!(ring.open("record", tenant, &person["subject_id"]).await["state"], "active");
    ring.app.clock.advance(QUIET);
    assert!(!leave(&ring, tenant, &person).await);
    assert!(!leave(&ring, tenant, &person).await, "idempotent");
    assert_eq!(ring.open("record", tenant, &person["subject_id"]).await["state"], "destroyed");
    let living = "SELECT count(*) FROM subjects s, data_keys k
                  WHERE s.email_index IS NOT NULL OR k.wrapped IS NOT NULL";
    assert_eq!(count(&mut ring.app.sql().await, living).await, 0);
    assert_ne!(ring.resolve(tenant, EMAIL).await["subject_id"], person["subject_id"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_acts_again_meanwhile_stays() {
    let ring = ring().await;
    let tenant = Ids.next();
    let person = ring.resolve(tenant, EMAIL).await;
    assert!(leave(&ring, tenant, &person).await);
    ring.app.clock.advance(QUIET);
    assert_eq!(ring.resolve(tenant, EMAIL).await, person);
    assert!(leave(&ring, tenant, &person).await, "their request stores its row now");
    assert_eq!(ring.resolve(tenant, EMAIL).await, person);
}

/// Whatever the order in which they come, a person that was given out lives.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_acts_again_at_the_same_moment_gets_a_living_key() {
    let ring = ring().await;
    let tenant = Ids.next();
    for round in 0..20 {
        let email = format!("ada{round}@example.org");
        let person = ring.resolve(tenant, &email).await;
        assert!(leave(&ring, tenant, &person).await);
        ring.app.clock.advance(QUIET);
        let (leaving, again) =
            tokio::join!(leave(&ring, tenant, &person), ring.resolve(tenant, &email));
        let state = ring.open("record", tenant, &again["subject_id"]).await["state"].clone();
        assert_eq!(state, "active", "leaving: {leaving}");
        assert_eq!(leaving, again == person);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_leaves_by_another_tenant_or_with_data_of_another_compartment() {
    let ring = ring().await;
    let (tenant, other) = (Ids.next(), Ids.next());
    let person = ring.resolve(tenant, EMAIL).await;
    let item = json!({"tenant_id": other, "email": EMAIL, "compartments": ["staff"], "mint": true});
    let body = json!({"purpose": "record", "items": [item]});
    let user = ring.service("identity").post("/internal/v1/subjects/resolve", &body).await;
    let user = user.json()[0].clone();
    for _report in 0..2 {
        assert!(!leave(&ring, other, &person).await);
        assert!(!leave(&ring, other, &user).await);
        ring.app.clock.advance(QUIET);
    }
    assert_eq!(ring.resolve(tenant, EMAIL).await, person);
    let again = ring.service("identity").post("/internal/v1/subjects/resolve", &body).await;
    assert_eq!(again.json()[0], user);
}
