//! From the gateway through geolocation to postcodes and back, each a process of its own.

use integration_tests::{
    driver::Driver,
    suite::{Mode, Suite},
};
use serde_json::{Value, json};

const BEGUN: &str = "/v1/geo/autocomplete?q=ox4%201";
const POINT: &str = "/v1/geo/reverse?lon=-1.2165&lat=51.752";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postcodes_are_completed_and_found_at_a_point_and_missing_when_their_service_is_unavailable()
-> anyhow::Result<()> {
    let mut suite = tokio::task::block_in_place(|| Suite::start("geocoding", Mode::ProcessEach))?;
    let driver = Driver::of(&suite)?;
    let ask = async |path: &str| -> anyhow::Result<Value> {
        let answer = driver.get(path).await?;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        Ok(answer.json())
    };
    let begun = ask(BEGUN).await?;
    assert_eq!(begun["features"][0]["id"], "postcode:OX4 1AA", "{begun}");
    assert_eq!(ask("/v1/geo/search?q=OX4").await?["features"][0]["id"], "outcode:OX4");
    let here = ask(POINT).await?;
    let ids: Vec<&Value> =
        here["features"].as_array().unwrap().iter().map(|it| &it["id"]).collect();
    assert_eq!(ids.first(), Some(&&json!("postcode:OX4 1AA")), "{here}");
    assert!(here["features"][1]["properties"]["gss_code"].is_string(), "a constituency: {here}");
    // We come from this machine, and the gateway says so to the one route that is about it.
    assert_eq!(ask("/v1/geo/ip").await?["kind"], "private");

    tokio::task::block_in_place(|| suite.kill_some(&["postcodes"]))?;
    for path in [BEGUN, POINT] {
        let without = ask(path).await?;
        let notes = without["notes"].as_array().unwrap();
        assert!(notes.contains(&json!("postcodes_unavailable")), "{path}: {without}");
    }
    tokio::task::block_in_place(|| suite.start_some(&["postcodes"]))?;
    driver
        .eventually("the return of postcodes", async || {
            let begun = driver.get(BEGUN).await?.json();
            Ok((begun["features"][0]["id"] == "postcode:OX4 1AA").then_some(()))
        })
        .await
}
