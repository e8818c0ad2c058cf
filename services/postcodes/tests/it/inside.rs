//! The internal routes, in the types of the contract.

use std::time::Duration;

use contracts::postcodes::{Constituency, ConstituencyCheck, Near, Place, RefusedCode, Starting};
use kit::client::{CallError, Peer};
use postcodes::Postcodes;
use serde::de::DeserializeOwned;
use testkit::app::TestApp;

use crate::support;

async fn ask<T: DeserializeOwned>(
    app: &TestApp<Postcodes>,
    service: &'static str,
    path: &str,
) -> Result<T, CallError> {
    let base = format!("http://{}", app.running.addr);
    let peer = Peer::new("postcodes", base, support::credential(service, &app.clock)).unwrap();
    peer.get::<T>(path, Duration::from_secs(20)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn campaigns_gets_the_place_in_the_types_of_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let app = support::start(&folder).await;
    let place_of = async |text: &str| {
        ask::<Place>(&app, "campaigns", &format!("/internal/v1/postcodes/{text}/place")).await
    };
    let oxford = Constituency {
        gss_code: "E14001419".to_owned(),
        name: "Oxford East".to_owned(),
        generation: "2024".to_owned(),
        method: "point_in_polygon".to_owned(),
    };
    let place = |postcode: &str, constituency| Place {
        postcode: postcode.to_owned(),
        constituency,
        alternatives: Vec::new(),
    };
    assert_eq!(place_of("ox41aa").await.unwrap(), place("OX4 1AA", Some(oxford)));
    assert_eq!(place_of("JE2%204WD").await.unwrap(), place("JE2 4WD", None));
    assert_eq!(place_of("M1%201AA").await.unwrap(), place("M1 1AA", None), "terminated");
    for unknown in ["M1%201AB", "nonsense"] {
        let error = place_of(unknown).await.unwrap_err();
        assert!(matches!(error, CallError::Answered { status: 404, .. }), "{unknown}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn geolocation_gets_what_starts_with_a_text_and_what_is_near() {
    let folder = tempfile::tempdir().unwrap();
    let app = support::start(&folder).await;
    let starting = async |with: &str| {
        let path = format!("/internal/v1/postcodes/starting?with={with}&limit=10");
        ask::<Starting>(&app, "geolocation", &path).await.unwrap()
    };
    let begun = starting("ox4").await;
    let [oxford] = begun.postcodes.as_slice() else { panic!("{begun:?}") };
    assert_eq!((oxford.postcode.as_str(), oxford.terminated), ("OX4 1AA", false));
    let named: Vec<(&str, Option<&str>)> =
        oxford.areas.iter().map(|area| (area.kind.as_str(), area.name.as_deref())).collect();
    assert!(named.contains(&("district", Some("Oxford"))), "{named:?}");
    assert!(named.contains(&("constituency", Some("Oxford East"))), "{named:?}");
    assert_eq!(begun.outcodes.first().map(|of| of.outcode.as_str()), Some("OX4"));
    let terminated = starting("M1%201AA").await;
    assert!(
        terminated.postcodes.first().is_some_and(|postcode| postcode.terminated),
        "{terminated:?}"
    );
    assert_eq!(starting("ZZ").await, Starting { postcodes: vec![], outcodes: vec![] });
    let path = "/internal/v1/postcodes/near?longitude=-1.2166&latitude=51.752&radius_m=500&limit=5";
    let near = ask::<Near>(&app, "geolocation", path).await.unwrap();
    assert_eq!(near.postcodes.first().map(|of| of.located.postcode.as_str()), Some("OX4 1AA"));
    assert_eq!(near.areas.first().and_then(|area| area.name.as_deref()), Some("Oxford East"));
    let bad = "/internal/v1/postcodes/near?longitude=NaN&latitude=1&radius_m=1&limit=1";
    let error = ask::<Near>(&app, "geolocation", bad).await.unwrap_err();
    assert!(matches!(error, CallError::Answered { status: 400, .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn campaigns_gets_the_codes_that_no_look_up_returns_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let app = support::start(&folder).await;
    // E14001063 lies outside the rough boundaries, S14000051 kept its code in 2024.
    let fine = ["E14001419", "E14001063", "S14000051"];
    let refused = ["E14000873", "E05013654", "E07000178", "E99999999"];
    assert_eq!(check(&app, &fine).await, []);
    let answers = check(&app, &refused).await;
    let codes: Vec<(&str, &str)> =
        answers.iter().map(|one| (one.gss_code.as_str(), one.code.as_str())).collect();
    let expected = ["another_generation", "another_level", "another_level", "another_level"];
    assert_eq!(codes, refused.into_iter().zip(expected).collect::<Vec<_>>());
    assert!(answers[0].detail.contains("2010") && answers[0].detail.contains("2024"));
    assert!(answers[2].detail.contains("district"), "{answers:?}");
}

async fn check(app: &TestApp<Postcodes>, codes: &[&str]) -> Vec<RefusedCode> {
    let base = format!("http://{}", app.running.addr);
    let peer = Peer::new("postcodes", base, support::credential("campaigns", &app.clock)).unwrap();
    let gss_codes = codes.iter().map(|code| (*code).to_owned()).collect();
    let path = "/internal/v1/constituencies/check";
    peer.post(path, &ConstituencyCheck { gss_codes }, Duration::from_secs(20)).await.unwrap()
}
