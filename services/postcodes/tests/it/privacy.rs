//! Look-ups that need not tell who lives where: by hash, in a text; and the distance between two postcodes.

use contracts::scopes;
use serde_json::{Value, json};

use crate::support;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_beginning_of_a_hash_gives_all_postcodes_that_share_it() {
    let folder = tempfile::tempdir().unwrap();
    let app = support::start(&folder).await;
    let caller = app.caller(&[scopes::GEO_READ]);
    // printf OX41AA | sha256sum
    for prefix in ["e9d", "e9dd", "E9DD"] {
        let answer = caller.get(&format!("/v1/geo/postcodes-by-hash/{prefix}")).await.json();
        let found = &answer["data"][0];
        assert_eq!(found["postcode"], "OX4 1AA", "{prefix}");
        assert_eq!(found["constituency"]["gss_code"], "E14001419");
    }
    let none = caller.get("/v1/geo/postcodes-by-hash/0000").await;
    assert_eq!((none.status, &none.json()["data"]), (200, &json!([])));
    for prefix in ["ab", "abcde", "xyz", "%C3%A9%C3%A9", "+12"] {
        let answer = caller.get(&format!("/v1/geo/postcodes-by-hash/{prefix}")).await;
        assert_eq!(answer.status, 422, "{prefix}");
        assert_eq!(answer.json()["errors"][0]["pointer"], "prefix");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postcodes_in_a_text_are_found_repaired_and_located() {
    let folder = tempfile::tempdir().unwrap();
    let app = support::start(&folder).await;
    let caller = app.caller(&[scopes::GEO_READ]);
    let text = "Café, 1 Cowley Road, 0X4 IAA; before that M1 1AA, and ZZ1 1ZZ off the A40 3rd exit";
    let answer = caller.post("/v1/geo/text/postcodes", &json!({"text": text})).await.json();
    let found = answer["data"].as_array().unwrap();
    let matches: Vec<(&Value, &Value)> =
        found.iter().map(|one| (&one["postcode"], &one["status"])).collect();
    assert_eq!(
        matches,
        [
            (&json!("OX4 1AA"), &json!("live")),
            (&json!("M1 1AA"), &json!("terminated")),
            (&json!("ZZ1 1ZZ"), &json!("unknown")),
        ]
    );
    assert_eq!((&found[0]["repaired"], &found[1]["repaired"]), (&json!(true), &json!(false)));
    let (start, end) = (found[0]["start"].as_u64().unwrap(), found[0]["end"].as_u64().unwrap());
    let written: String = text
        .chars()
        .skip(usize::try_from(start).unwrap())
        .take(usize::try_from(end - start).unwrap())
        .collect();
    assert_eq!(written, "0X4 IAA");
    for body in [json!({}), json!({"text": 1}), json!({"text": "x".repeat(20_001)}), json!("x")] {
        let answer = caller.post("/v1/geo/text/postcodes", &body).await;
        assert_eq!(answer.status, 422, "{}", answer.text);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_distance_between_two_postcodes_is_reported_or_which_of_them_has_no_place() {
    let folder = tempfile::tempdir().unwrap();
    let app = support::start(&folder).await;
    let caller = app.caller(&[scopes::GEO_READ]);
    let same = caller.get("/v1/geo/distance?from=ox41aa&to=OX4%201AA").await;
    assert_eq!(same.json(), json!({"from": "OX4 1AA", "to": "OX4 1AA", "distance_m": 0.0}));
    let bad = caller.get("/v1/geo/distance?from=JE2%204WD&to=nonsense").await;
    assert_eq!(bad.status, 422);
    let errors = bad.json()["errors"].clone();
    assert_eq!(
        (&errors[0]["pointer"], &errors[0]["code"]),
        (&json!("from"), &json!("without_position"))
    );
    assert_eq!((&errors[1]["pointer"], &errors[1]["code"]), (&json!("to"), &json!("malformed")));
    for query in ["", "?from=OX41AA", "?from=OX41AA&to=OX41AA&x=1", "?from=OX41AA&from=x&to=x"] {
        let answer = caller.get(&format!("/v1/geo/distance{query}")).await;
        assert_eq!(answer.status, 422, "{query}");
    }
}
