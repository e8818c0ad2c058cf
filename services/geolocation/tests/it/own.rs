//! A caller's own address, which the gateway passes in a header.

use contracts::geolocation::CLIENT_ADDRESS;
use contracts::scopes;
use reqwest::Method;
use serde_json::json;

use crate::support::boot;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_address_that_the_gateway_passes_is_looked_up_and_not_repeated() {
    let booted = boot().await;
    let caller = booted.app.caller(&[scopes::GEO_READ]);
    for (address, city) in [("81.2.69.142", json!("Oxford")), ("10.0.0.1", json!(null))] {
        let request = caller.request(Method::GET, "/v1/geo/ip").header(CLIENT_ADDRESS, address);
        let answer = caller.send(request).await;
        assert_eq!((answer.status, &answer.json()["city"]), (200, &city));
        assert!(!answer.text.contains(address));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_without_an_address_is_unknown_and_gets_no_error() {
    let booted = boot().await;
    let caller = booted.app.caller(&[scopes::GEO_READ]);
    let none = caller.get("/v1/geo/ip").await;
    let request = caller.request(Method::GET, "/v1/geo/ip").header(CLIENT_ADDRESS, "Ada");
    let junk = caller.send(request).await;
    for answer in [none, junk] {
        assert_eq!((answer.status, &answer.json()["kind"]), (200, &json!("unknown")));
    }
}
