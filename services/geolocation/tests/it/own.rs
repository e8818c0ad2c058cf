//! A caller's own address, which the gateway tells.

use contracts::geolocation::CLIENT_ADDRESS;
use reqwest::Method;
use serde_json::json;

use crate::support::boot;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_address_that_the_gateway_tells_is_looked_up_and_not_repeated() {
    let booted = boot().await;
    let caller = booted.app.caller(&["geo:read"]);
    for (told, city) in [("81.2.69.142", json!("Oxford")), ("10.0.0.1", json!(null))] {
        let request = caller.request(Method::GET, "/v1/geo/ip").header(CLIENT_ADDRESS, told);
        let answer = caller.send(request).await;
        assert_eq!((answer.status, &answer.json()["city"]), (200, &city));
        assert!(!answer.text.contains(told));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_not_told_about_is_unknown_and_no_fault() {
    let booted = boot().await;
    let caller = booted.app.caller(&["geo:read"]);
    let none = caller.get("/v1/geo/ip").await;
    let request = caller.request(Method::GET, "/v1/geo/ip").header(CLIENT_ADDRESS, "Ada");
    let junk = caller.send(request).await;
    for answer in [none, junk] {
        assert_eq!((answer.status, &answer.json()["kind"]), (200, &json!("unknown")));
    }
}
