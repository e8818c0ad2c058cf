//! The shape of `KeyCDN`.

use contracts::scopes;
use serde_json::{Value, json};

use crate::support::boot;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_of_keycdn_finds_every_field_where_it_looks() {
    let booted = boot().await;
    let caller = booted.app.caller(&[scopes::GEO_READ]);
    let answer = caller.get("/v1/geo/geo.json?host=81.2.69.142").await;
    assert_eq!(
        answer.json(),
        json!({
            "status": "success",
            "description": "Data successfully received.",
            "data": {"geo": {
                "host": "81.2.69.142", "ip": "81.2.69.142", "rdns": null, "asn": "", "isp": null,
                "country_name": "United Kingdom", "country_code": "GB",
                "region_name": "England", "region_code": "ENG", "city": "Oxford",
                "postal_code": "OX1", "continent_name": "Europe", "continent_code": "EU",
                "latitude": 51.75, "longitude": -1.25, "metro_code": null,
                "timezone": "Europe/London", "datetime": null,
            }},
        })
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_private_address_is_a_success_with_nothing_in_it() {
    let booted = boot().await;
    let caller = booted.app.caller(&[scopes::GEO_READ]);
    let body = caller.get("/v1/geo/geo.json?host=192.168.1.1").await.json();
    assert_eq!(body["status"], "success");
    let geo = body["data"]["geo"].as_object().unwrap();
    for (name, value) in geo {
        let expected = match name.as_str() {
            "host" | "ip" => json!("192.168.1.1"),
            "asn" => json!(""),
            _ => Value::Null,
        };
        assert_eq!(*value, expected, "{name}");
    }
    for (query, code) in [
        ("", "required"),
        ("?host=1.1.1.1&host=Ada", "duplicate"),
        ("?host=1.1.1.1&Ada=1", "unknown"),
    ] {
        let answer = caller.get(&format!("/v1/geo/geo.json{query}")).await;
        assert_eq!((answer.status, &answer.json()["errors"][0]["code"]), (422, &json!(code)));
    }
}
