//! Many addresses in one request.

use contracts::scopes;
use serde_json::{Value, json};

use crate::support::boot;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_address_is_answered_at_its_position_whatever_stands_beside_it() {
    let booted = boot().await;
    let caller = booted.app.caller(&[scopes::GEO_READ]);
    let asked = json!({"ips": ["81.2.69.142", "Ada", null, 7, "10.1.1.1", "", {}, "2a02::1"]});
    let answer = caller.post("/v1/geo/ip", &asked).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert!(!answer.text.contains("Ada"));
    let results = answer.json()["results"].as_array().unwrap().clone();
    let outcomes: Vec<&str> = results.iter().map(outcome).collect();
    assert_eq!(
        outcomes,
        [
            "global",
            "malformed",
            "malformed",
            "malformed",
            "private",
            "malformed",
            "malformed",
            "unknown"
        ]
    );
    assert_eq!(results[0], caller.get("/v1/geo/ip/81.2.69.142").await.json());
    assert_eq!(results[3]["error"]["pointer"], "/ips/3");
}

fn outcome(result: &Value) -> &str {
    result["kind"].as_str().or(result["error"]["code"].as_str()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_are_answered_and_other_bodies_are_refused_with_a_pointer() {
    let booted = boot().await;
    let caller = booted.app.caller(&[scopes::GEO_READ]);
    let of = |count: usize| json!({ "ips": vec!["81.2.69.142"; count] });
    let hundred = caller.post("/v1/geo/ip", &of(100)).await.json();
    assert_eq!(hundred["results"].as_array().unwrap().len(), 100);
    for (body, pointer) in [
        (of(101), "/ips"),
        (of(0), "/ips"),
        (json!({"ips": "81.2.69.142"}), "/ips"),
        (json!({"ips": null}), "/ips"),
        (json!({}), "/ips"),
        (json!({"ips": ["81.2.69.142"], "Ada": 1}), ""),
        (json!([["81.2.69.142"]]), ""),
    ] {
        let answer = caller.post("/v1/geo/ip", &body).await;
        assert_eq!(answer.status, 422, "{body}");
        let found = answer.json()["errors"][0]["pointer"].as_str().unwrap().to_owned();
        assert!(found.starts_with(pointer), "{body}: {}", answer.text);
    }
    let request = caller.request(reqwest::Method::POST, "/v1/geo/ip");
    let broken = request.header("content-type", "application/json").body("{\"ips\": [");
    assert_eq!(caller.send(broken).await.status, 400);
}
