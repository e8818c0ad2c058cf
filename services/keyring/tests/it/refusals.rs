//! Who is refused what.

use contracts::scopes;
use keyring::Keyring;
use kit::{http::routes::Access, id::Ids, service::Service as _};
use serde_json::json;

use crate::support::{SERVICES, ring};

/// Done-when 5: reads the routing table, so that a new route is covered by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_refuses_no_token_gateway_tokens_and_other_services() {
    let ring = ring().await;
    let gateway = ring.app.caller(&[scopes::CAMPAIGNS_WRITE]);
    for spec in Keyring::routes().specs() {
        let Access::Services(allowed) = spec.access else {
            panic!("{} is not internal", spec.path)
        };
        let call = |caller: testkit::caller::Caller| async move {
            let request = caller.request(spec.method.as_str().parse().unwrap(), spec.path);
            caller.send(request.json(&json!({}))).await.status
        };
        assert_eq!(call(gateway.anonymous()).await, 401, "{}", spec.path);
        assert_eq!(call(gateway.clone()).await, 403, "{}", spec.path);
        for service in SERVICES.into_iter().filter(|service| !allowed.contains(service)) {
            assert_eq!(call(ring.service(service)).await, 403, "{} by {service}", spec.path);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_gets_no_compartment_or_purpose_outside_its_line() {
    let ring = ring().await;
    let key =
        json!({"tenant_id": Ids.next(), "subject_id": Ids.subject(), "compartment": "action"});
    for (service, purpose) in
        [("messaging", "deliver"), ("retention", "export"), ("identity", "record")]
    {
        let body = json!({"purpose": purpose, "keys": [key]});
        let answer = ring.service(service).post("/internal/v1/keys/open", &body).await;
        assert_eq!(answer.status, 403, "{service} {purpose}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_beyond_the_limit_is_refused() {
    let ring = ring().await;
    let key =
        json!({"tenant_id": Ids.next(), "subject_id": Ids.subject(), "compartment": "action"});
    let body = json!({"purpose": "record", "keys": vec![key; 257]});
    assert_eq!(ring.service("campaigns").post("/internal/v1/keys/open", &body).await.status, 413);
}
