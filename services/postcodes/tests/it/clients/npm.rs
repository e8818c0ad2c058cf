//! `node-postcodes.io`, which gives the envelope as it came.

use serde_json::{Value, json};
use tokio::process::Command;

use super::{Call, Server, check, records};

/// An envelope with a result.
fn ok(result: &Value) -> Value {
    json!({"status": 200, "result": result})
}

fn refused(status: u16, error: &str) -> Value {
    json!({"status": status, "error": error})
}

fn postcodes() -> Vec<Call> {
    let here = json!({"longitude": -1.2165, "latitude": 51.752, "limit": 1});
    let nowhere = json!({"longitude": 2.5, "latitude": 50.5, "radius": 500});
    let answered = json!([
        {"query": here, "result": records(&["OX4 1AA"])},
        {"query": nowhere, "result": null},
    ]);
    vec![
        ("lookup", json!(["ox41aa"]), ok(&json!({"postcode": "OX4 1AA", "outcode": "OX4"}))),
        ("lookup", json!(["OX4 9ZZ"]), refused(404, "Postcode not found")),
        ("lookup", json!(["nonsense"]), refused(404, "Invalid postcode")),
        (
            "lookup",
            json!([["OX4 1AA", "OX49ZZ"], {"filter": "postcode,longitude"}]),
            ok(&json!([
                {"query": "OX4 1AA", "result": {"postcode": "OX4 1AA", "longitude": -1.2165}},
                {"query": "OX49ZZ", "result": null},
            ])),
        ),
        ("geo", json!([51.752, -1.2165]), ok(&records(&["OX4 1AA", "OX4 1AB"]))),
        ("geo", json!([[here, nowhere]]), ok(&answered)),
        ("geo", json!([[here, nowhere], {"wideSearch": false}]), ok(&answered)),
        ("random", json!([]), ok(&json!({"date_of_termination": null}))),
        ("validate", json!(["OX4 1AA"]), ok(&json!(true))),
        ("validate", json!(["M1 1AA"]), ok(&json!(false))),
        ("nearest", json!(["OX41AA"]), ok(&records(&["OX4 1AA", "OX4 1AB"]))),
        (
            "nearest",
            json!(["OX41AA", {"radius": 2000, "limit": 3}]),
            ok(&records(&["OX4 1AA", "OX4 1AB", "OX4 2ZZ"])),
        ),
        ("autocomplete", json!(["OX4"]), ok(&json!(["OX4 1AA", "OX4 1AB", "OX4 2ZZ"]))),
        ("autocomplete", json!(["OX", {"limit": 1}]), ok(&json!(["OX1 1AA"]))),
        ("query", json!(["OX4 1"]), ok(&records(&["OX4 1AA", "OX4 1AB"]))),
        ("query", json!(["OX4", {"limit": 1}]), ok(&records(&["OX4 1AA"]))),
    ]
}

fn others() -> Vec<Call> {
    let outcode = |name: &str| json!({"outcode": name, "country": ["England"]});
    vec![
        (
            "terminated",
            json!(["M1 1AA"]),
            ok(&json!({"postcode": "M1 1AA", "year_terminated": 1996, "month_terminated": 6})),
        ),
        ("terminated", json!(["OX4 1AA"]), refused(404, "Terminated postcode not found")),
        ("outcodes", json!(["OX4"]), ok(&outcode("OX4"))),
        ("outcodes", json!(["OX4", {"radius": 1}]), ok(&json!([outcode("OX4")]))),
        ("outcodes", json!([51.752, -1.257]), ok(&json!([outcode("OX1"), outcode("OX4")]))),
        ("outcodes", json!([51.752, -1.257, {"limit": 1}]), ok(&json!([outcode("OX1")]))),
        ("places", json!(["OSGB4000000000000002"]), ok(&json!({"name_1": "King's Lynn"}))),
        ("places", json!(["osgb4000000000000009"]), refused(404, "Place not found")),
        ("places", json!(["kings", {"limit": 5}]), ok(&json!([{"outcode": "PE30"}]))),
        ("places", json!([]), ok(&json!({"country": "England"}))),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_method_of_the_npm_client_works_unchanged() {
    let server = Server::start().await;
    let mut node = Command::new("node");
    node.env("NODE_PATH", testkit::setting("FOLKMOOT_TEST_NODE"));
    node.args(["-e", include_str!("call.js"), &server.base()]);
    check(node, &[postcodes(), others()].concat()).await;
}
