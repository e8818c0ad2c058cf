//! `postcodes-io`, which gives results and raises what is refused, and sends lists as a form; and `postcodes-io-api`, which
//! gives the envelope.

use serde_json::{Value, json};
use tokio::process::Command;

use super::{Call, Server, check, records};

fn python(server: &Server, module: &str, class: &str) -> Command {
    let mut python = Command::new(testkit::setting("FOLKMOOT_TEST_PYTHON"));
    python.args(["-c", include_str!("call.py"), module, class, &server.base()]);
    python
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_method_of_the_python_client_works_unchanged() {
    let server = Server::start().await;
    let whole = server.get("/postcodes/OX41AA").await["result"].clone();
    assert_eq!((&whole["postcode"], &whole["longitude"]), (&json!("OX4 1AA"), &json!(-1.2165)));
    let missing = json!({"raised": "PostcodeNotFoundError", "says": "Postcode not found"});
    let calls: [Call; 9] = [
        ("get", json!(["ox4 1aa"]), whole),
        ("get", json!(["OX4 9ZZ"]), missing.clone()),
        (
            "get_many",
            json!([["OX4 1AA", "M1 1AA", "JE2 4WD"]]),
            json!([
                {"query": "OX4 1AA", "result": {"postcode": "OX4 1AA"}},
                {"query": "M1 1AA", "result": null},
                {"query": "JE2 4WD", "result": {"longitude": null, "country": "Channel Islands"}},
            ]),
        ),
        ("nearest_by_geo", json!([51.752, -1.2165]), records(&["OX4 1AA", "OX4 1AB"])),
        ("validate", json!(["OX4 1AA"]), json!(true)),
        ("nearest", json!(["OX4 1AA"]), records(&["OX4 1AA", "OX4 1AB"])),
        ("nearest", json!(["OX4 9ZZ"]), missing),
        ("autocomplete", json!(["OX4 2"]), json!(["OX4 2ZZ"])),
        ("query", json!(["OX4 1"]), records(&["OX4 1AA", "OX4 1AB"])),
    ];
    check(python(&server, "postcodes_io", "Postcodes"), &calls).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_method_of_the_other_python_client_works_unchanged() {
    let server = Server::start().await;
    let ok = |result: Value| json!({"status": 200, "result": result});
    let place = json!({"longitude": -1.2165, "latitude": 51.752, "limit": 1});
    let calls: [Call; 14] = [
        ("is_postcode_valid", json!(["OX41AA"]), json!(true)),
        ("is_postcode_valid", json!(["OX49ZZ"]), json!(false)),
        ("is_postcode_terminated", json!(["M11AA"]), json!(true)),
        ("get_postcode", json!(["OX41AA"]), ok(json!({"postcode": "OX4 1AA"}))),
        (
            "get_nearest_postcodes_for_postcode",
            json!({"postcode": "OX41AA", "limit": 1, "radius": 50}),
            ok(records(&["OX4 1AA"])),
        ),
        ("get_nearest_postcodes_for_coordinates", place.clone(), ok(records(&["OX4 1AA"]))),
        (
            "get_bulk_postcodes",
            json!([["OX41AB"]]),
            ok(json!([{"query": "OX41AB", "result": {"postcode": "OX4 1AB"}}])),
        ),
        (
            "get_bulk_reverse_geocode",
            json!([{"geolocations": [place]}]),
            ok(json!([{"query": place, "result": records(&["OX4 1AA"])}])),
        ),
        ("get_random_postcode", json!([]), ok(json!({"date_of_termination": null}))),
        (
            "get_autocomplete_postcode",
            json!({"postcode": "OX4", "limit": 2}),
            ok(json!(["OX4 1AA", "OX4 1AB"])),
        ),
        ("get_outcode", json!(["OX4"]), ok(json!({"outcode": "OX4"}))),
        (
            "get_nearest_outcodes_for_outcode",
            json!({"outcode": "OX4", "limit": 1}),
            ok(json!([{"outcode": "OX4"}])),
        ),
        ("get_nearest_outcodes_for_coordinates", place.clone(), ok(json!([{"outcode": "OX4"}]))),
        // Never asks: its author left it empty.
        ("get_distance_between_postcodes", json!({}), json!(null)),
    ];
    check(python(&server, "postcodes_io_api", "Api"), &calls).await;
}
