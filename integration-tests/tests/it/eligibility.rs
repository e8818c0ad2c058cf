//! Named areas of eligibility, from the gateway through campaigns to postcodes and back.

use integration_tests::{
    driver::{Answer, Driver},
    suite::{Mode, Suite},
};
use reqwest::Method;
use serde_json::{Value, json};

/// The constituency of the demo's supporter.
const OXFORD_EAST: &str = "E14001419";
const AREAS: &str = "/v1/eligibility-areas";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_named_area_is_created_changed_and_checked_and_its_errors_are_reported()
-> anyhow::Result<()> {
    let suite = tokio::task::block_in_place(|| Suite::start("eligibility", Mode::OneProcess))?;
    let driver = Driver::of(&suite)?;
    let send = async |method: Method, path: &str, key: &str, version: &str, body: Value| {
        let request = driver.http.request(method, format!("{}{path}", driver.gateway));
        let request = request.bearer_auth(key).header("if-match", format!("\"{version}\""));
        driver.send(request.json(&body)).await
    };
    let (secret, publishable) = (driver.secret.as_str(), driver.publishable.as_str());

    let wrong = json!({"name": "Wrong", "area": {"include": [{"gss_codes": ["E14999999"]}]}});
    let refused = send(Method::POST, AREAS, secret, "", wrong).await?;
    assert_eq!(
        first_error(&refused),
        ("/area/include/0/gss_codes/0".into(), "unknown_area".into())
    );
    for (body, pointer) in [
        (json!({"area": {"include": [{"postcodes": ["OX4"]}]}}), "/name"),
        (json!({"name": "Branch"}), "/area"),
        (json!({"name": "Branch", "area": {"include": 7}}), "/area/include"),
        (
            json!({"name": "Branch", "area": {"include": [{"postcodes": ["OX4"], "x": 1}]}}),
            "/area/include/0/x",
        ),
    ] {
        let refused = send(Method::POST, AREAS, secret, "", body).await?;
        assert_eq!(first_error(&refused).0, pointer, "{}", refused.text);
    }

    let rules = json!({"include": [{"id": "seat \u{0}", "gss_codes": [OXFORD_EAST]}]});
    let body = json!({"name": "Oxford branch", "area": rules});
    let kept = send(Method::POST, AREAS, secret, "", body).await?;
    assert_eq!(kept.status, 201, "{}", kept.text);
    let id = kept.json()["id"].as_str().unwrap_or_default().to_owned();
    let (own, check) = (format!("{AREAS}/{id}"), format!("{AREAS}/{id}/check"));
    assert_eq!(driver.get(&own).await?.json()["area"], rules);
    let listed = driver.get(AREAS).await?.json();
    assert_eq!((&listed["data"][0]["id"], &listed["data"][0]["area"]), (&json!(id), &Value::Null));

    // A front end may ask with its own key, and sees the answer but not the rules.
    let places =
        json!({"places": [{"postcode": "OX4 1AA"}, {"postcode": "M2 5DB"}, {"postcode": "?"}]});
    let checked = send(Method::POST, &check, publishable, "", places.clone()).await?;
    assert_eq!(checked.status, 200, "{}", checked.text);
    let results: Vec<Value> =
        (0..3).map(|place| checked.json()["data"][place]["result"].clone()).collect();
    assert_eq!(
        (checked.json()["version"].clone(), results),
        (json!(1), vec![json!("inside"), json!("outside"), json!("unknown")])
    );
    assert_eq!(send(Method::GET, &own, publishable, "", json!({})).await?.status, 403);
    let swapped = json!({"places": [{"longitude": 51.75, "latitude": -1.21}]});
    assert_eq!(
        first_error(&send(Method::POST, &check, publishable, "", swapped).await?).1,
        "swapped"
    );
    let none = send(Method::POST, &check, publishable, "", json!({"places": []})).await?;
    assert_eq!(first_error(&none).0, "/places");

    let narrower = json!({"area": {"include": [{"postcodes": ["OX4 2"]}]}});
    assert_eq!(send(Method::PATCH, &own, secret, "7", narrower.clone()).await?.status, 412);
    let changed = send(Method::PATCH, &own, secret, "1", narrower).await?.json();
    assert_eq!((&changed["version"], &changed["name"]), (&json!(2), &json!("Oxford branch")));
    let checked = send(Method::POST, &check, publishable, "", places).await?.json();
    assert_eq!(
        (&checked["version"], &checked["data"][0]["result"]),
        (&json!(2), &json!("outside"))
    );

    assert_eq!(send(Method::DELETE, &own, secret, "", json!({})).await?.status, 204);
    assert_eq!(driver.get(&own).await?.status, 404);
    Ok(())
}

/// Pointer and code of the first error.
fn first_error(answer: &Answer) -> (String, String) {
    assert_eq!(answer.status, 422, "{}", answer.text);
    let text = |name: &str| {
        answer.json()["errors"][0][name].as_str().map(str::to_owned).unwrap_or_default()
    };
    (text("pointer"), text("code"))
}
