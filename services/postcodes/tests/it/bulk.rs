//! Look-ups for many at once, as JSON and as CSV.

use contracts::scopes;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::caller::{Caller, Response};

use crate::support;

async fn table(caller: &Caller, path: &str, csv: &str) -> Response {
    let request = caller.request(Method::POST, path).header("content-type", "text/csv");
    caller.send(request.body(csv.to_owned())).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_item_is_answered_in_its_place_and_a_bad_one_stops_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let app = support::start(&folder).await;
    let caller = app.caller(&[scopes::GEO_READ]);
    let ask = async |operation: &str, items: Value| {
        let path = format!("/v1/geo/bulk/{operation}");
        let answer = caller.post(&path, &json!({"items": items})).await;
        assert_eq!(answer.status, 200, "{operation}: {}", answer.text);
        answer.json()["data"].as_array().unwrap().clone()
    };
    let found = ask("lookup", json!(["ox41aa", 7, null, "M1 1AA", "x", "ZZ1 1ZZ"])).await;
    assert_eq!(found[0]["result"]["constituency"]["name"], "Oxford East");
    let codes: Vec<&Value> = found.iter().map(|one| &one["error"]["code"]).collect();
    let malformed = json!("malformed");
    assert_eq!(
        codes[1..],
        [&malformed, &malformed, &json!("terminated"), &malformed, &json!("unknown")]
    );
    assert_eq!(found[3]["error"]["terminated"]["year_terminated"], 1996);
    assert_eq!(found[1]["item"], 7);
    let valid = ask("validate", json!(["OX4 1AA", "M1 1AA", ""])).await;
    let truths: Vec<&Value> = valid.iter().map(|one| &one["result"]["valid"]).collect();
    assert_eq!(truths, [true, false, false]);
    let terminated = ask("terminated", json!(["M1 1AA", "OX4 1AA"])).await;
    assert_eq!(terminated[0]["result"]["month_terminated"], 6);
    assert_eq!(terminated[1]["error"]["code"], "live");
    let begun = ask("autocomplete", json!(["OX4", "ZZ"])).await;
    assert_eq!((&begun[0]["result"], &begun[1]["result"]), (&json!(["OX4 1AA"]), &json!([])));
    let near = ask("nearest", json!(["OX4 1AA", "JE2 4WD"])).await;
    assert_eq!(near[0]["result"][0]["distance"], 0.0);
    assert_eq!(near[1]["error"]["code"], "without_position");
    let places = json!([
        {"longitude": -1.2166, "latitude": 51.752}, {"longitude": 51.752, "latitude": -1.2166},
        {"longitude": 1e308, "latitude": 0}, {"longitude": "x"}, [], "OX4 1AA",
    ]);
    let reverse = ask("reverse", places).await;
    assert_eq!(reverse[0]["result"][0]["postcode"], "OX4 1AA");
    assert_eq!(reverse[1]["result"], json!([]), "swapped: nothing there");
    assert!(reverse[2..].iter().all(|one| one["error"]["code"] == "malformed"), "{reverse:?}");
    assert_eq!(ask("outcode", json!(["ox4", "ZZ9"])).await[0]["result"]["outcode"], "OX4");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_comes_back_with_its_own_columns_and_the_new_ones() {
    let folder = tempfile::tempdir().unwrap();
    let app = support::start(&folder).await;
    let caller = app.caller(&[scopes::GEO_READ]);
    let csv = "\u{feff}name,Postcode\n\"Example, Ada\",ox4 1aa\nBob,M1 1AA\nCy,\n";
    let path = "/v1/geo/bulk/lookup?fields=postcode,constituency.gss_code,year_terminated";
    let answer = table(&caller, path, csv).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "text/csv; charset=utf-8"));
    let wanted = "name,Postcode,found.postcode,found.constituency.gss_code,found.year_terminated,found.error\n\
        \"Example, Ada\",ox4 1aa,OX4 1AA,E14001419,,\n\
        Bob,M1 1AA,M1 1AA,,1996,terminated\nCy,,,,,malformed\n";
    assert_eq!(answer.text, wanted);
    let reverse = "longitude,latitude\n-1.2165,51.752\nx,1\n";
    let reverse = table(&caller, "/v1/geo/bulk/reverse?fields=postcode", reverse).await.text;
    let wanted =
        "longitude,latitude,found.postcode,found.error\n-1.2165,51.752,OX4 1AA,\nx,1,,malformed\n";
    assert_eq!(reverse, wanted);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_neither_a_list_nor_a_table_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let app = support::start(&folder).await;
    let caller = app.caller(&[scopes::GEO_READ]);
    for (csv, status) in [
        ("a,b\n1,2\n", 422),
        ("postcode\n\"a\",b\n", 400),
        ("postcode,x\n\u{e9}\n", 400),
        ("", 422),
    ] {
        let answer = table(&caller, "/v1/geo/bulk/lookup", csv).await;
        assert_eq!(answer.status, status, "{csv}: {}", answer.text);
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
    for end in ["\n", "\r\n"] {
        let third = ["postcode", "x", "x,y", ""].join(end);
        let answer = table(&caller, "/v1/geo/bulk/lookup", &third).await;
        assert!(answer.text.contains("in line 3"), "{end:?}: {}", answer.text);
    }
    let rows = format!("postcode\n{}", "x\n".repeat(10_001));
    assert_eq!(table(&caller, "/v1/geo/bulk/validate", &rows).await.status, 400);
    let huge = format!("postcode\n{}", "x".repeat(2 * 1024 * 1024));
    assert_eq!(table(&caller, "/v1/geo/bulk/validate", &huge).await.status, 413);
    assert_eq!(caller.post("/v1/geo/bulk/nonsense", &json!({"items": []})).await.status, 404);
    for body in [json!({}), json!({"items": "x"}), json!([]), json!({"items": [], "x": 1})] {
        let answer = caller.post("/v1/geo/bulk/lookup", &body).await;
        assert_eq!(answer.status, 422, "{body}");
        assert!(answer.json()["errors"][0]["pointer"].is_string(), "{body}");
    }
    let many = json!({"items": vec!["x"; 1_001]});
    let answer = caller.post("/v1/geo/bulk/lookup", &many).await;
    assert_eq!((answer.status, &answer.json()["errors"][0]["code"]), (422, &json!("too_long")));
    let odd = caller.request(Method::POST, "/v1/geo/bulk/lookup").body("x");
    assert_eq!(caller.send(odd).await.status, 415);
}
