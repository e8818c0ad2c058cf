//! Deliveries over HTTP: lists, filters, and who may read them.

use contracts::scopes;
use kit::service::Service as _;
use messaging::Messaging;
use serde_json::Value;

use crate::support::{Catch, SEND, Supporter, app};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deliveries_are_listed_by_page_and_filter_without_anything_personal() {
    let catch = Catch::start().await;
    let app = app(catch.addr).await;
    let supporter = Supporter::new(&app).await;
    let mut campaigns = Vec::new();
    for _ in 0..3 {
        campaigns.push(supporter.message(&app).await.campaign_id);
    }
    app.run_job(SEND).await.unwrap();
    supporter.message(&app).await;
    let reader = supporter.reader(&app);
    let ids = |answer: &Value| answer["data"].as_array().unwrap().len();
    let first = reader.get("/v1/deliveries?limit=3").await;
    assert_eq!((first.status, ids(&first.json())), (200, 3));
    let next = first.json()["page"]["next"].as_str().unwrap().to_owned();
    let second = reader.get(&format!("/v1/deliveries?limit=3&cursor={next}")).await;
    assert_eq!((ids(&second.json()), &second.json()["page"]["has_more"]), (1, &false.into()));
    assert_eq!(ids(&reader.get("/v1/deliveries?state=sent").await.json()), 3);
    let one = reader.get(&format!("/v1/deliveries?campaign_id={}", campaigns[0])).await.json();
    assert_eq!(ids(&one), 1);
    let single =
        reader.get(&format!("/v1/deliveries/{}", one["data"][0]["id"].as_str().unwrap())).await;
    assert_eq!((single.status, single.json()), (200, one["data"][0].clone()));
    for personal in ["Zo", "people.example", "parliament", "library", "Mill"] {
        assert!(!first.text.contains(personal), "{personal}: {}", first.text);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_tenant_sees_nothing_and_bad_parameters_are_named() {
    let catch = Catch::start().await;
    let app = app(catch.addr).await;
    let supporter = Supporter::new(&app).await;
    let id = supporter.message(&app).await.message_id;
    let path = format!("/v1/deliveries/{id}");
    let stranger = app.caller(&[scopes::DELIVERIES_READ]);
    assert_eq!(stranger.get(&path).await.status, 404);
    assert!(stranger.get("/v1/deliveries").await.json()["data"].as_array().unwrap().is_empty());
    let unscoped = app.caller_for_tenant(supporter.tenant_id, &[scopes::CAMPAIGNS_READ]);
    assert_eq!(unscoped.get(&path).await.status, 403);
    assert_eq!(supporter.reader(&app).anonymous().get(&path).await.status, 401);
    let reader = supporter.reader(&app);
    assert_eq!(reader.get(&path).await.status, 200);
    assert_eq!(reader.get("/v1/deliveries/none").await.status, 404);
    let answer = reader.get("/v1/deliveries?state=lost&campaign_id=x").await;
    assert_eq!(answer.status, 422);
    let pointers: Vec<String> = answer.json()["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["pointer"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(pointers, ["state", "campaign_id"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_refuses_a_caller_without_token_scope_or_tenant() {
    let catch = Catch::start().await;
    let app = app(catch.addr).await;
    for spec in Messaging::routes().specs() {
        let path = spec.path.replace("{id}", &kit::id::Ids.next().to_string());
        let caller = app.caller(&["nothing:read"]);
        let request = |caller: &testkit::caller::Caller| {
            caller.request(spec.method.as_str().parse().unwrap(), &path)
        };
        assert_eq!(caller.send(request(&caller)).await.status, 403, "{path}");
        let anonymous = caller.anonymous();
        assert_eq!(anonymous.send(request(&anonymous)).await.status, 401, "{path}");
    }
}
