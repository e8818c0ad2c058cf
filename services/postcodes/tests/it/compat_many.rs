//! Bulk requests, bodies that cannot be read, and browsers, in the manners of postcodes.io.

use serde_json::{Value, json};

use crate::compat::{Public, public};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_are_answered_in_order_and_what_is_no_text_is_dropped_unless_positions_are_kept() {
    let public = public!(
        "many_are_answered_in_order_and_what_is_no_text_is_dropped_unless_positions_are_kept"
    );
    let asked = json!({"postcodes": ["ab101ab", 7, null, "AB1 0AA", "nonsense", "SE1P 5ZZ"]});
    let answers = public.post("/postcodes?filter=Postcode,%20codes,bogus", &asked).await;
    let queries: Vec<&Value> =
        answers.as_array().unwrap().iter().map(|one| &one["query"]).collect();
    assert_eq!(queries, ["ab101ab", "AB1 0AA", "nonsense", "SE1P 5ZZ"]);
    let first = answers[0]["result"].as_object().unwrap();
    assert_eq!(first.keys().collect::<Vec<_>>(), ["codes", "postcode"]);
    assert_eq!(answers[1], json!({"query": "AB1 0AA", "result": null}));
    let kept = public.post("/postcodes?positions=keep&terminated=true", &asked).await;
    assert_eq!(kept.as_array().unwrap().len(), 6);
    assert_eq!(kept[1], json!({"query": 7, "result": null, "error": "must be a string"}));
    assert_eq!(kept[3]["terminated"]["year_terminated"], 1996);
    let many = |count| json!({"postcodes": vec!["AB101AB"; count]});
    assert_eq!(public.post("/postcodes", &many(100)).await.as_array().unwrap().len(), 100);
    let answer = public.caller.post("/postcodes", &many(101)).await;
    let words = "Too many postcodes submitted. Up to 100 postcodes can be bulk requested at a time";
    assert_eq!(answer.json(), json!({"status": 400, "error": words}));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_places_are_answered_with_what_the_request_says_for_all_of_them() {
    let public = public!("many_places_are_answered_with_what_the_request_says_for_all_of_them");
    let asked = json!({"geolocations": [
        {"longitude": -2.097, "latitude": 57.148, "limit": 2, "radius": 200, "note": "dropped"},
        {"longitude": "-2.097", "latitude": "57.148"},
        {"longitude": 0, "latitude": 51.5},
    ]});
    let answers = public.post("/postcodes?limit=3&radius=150", &asked).await;
    let counts: Vec<Option<usize>> = answers
        .as_array()
        .unwrap()
        .iter()
        .map(|one| Some(one["result"].as_array()?.len()))
        .collect();
    assert_eq!(counts, [Some(2), Some(3), None]);
    let query = json!({"longitude": -2.097, "latitude": 57.148, "limit": 2, "radius": 200});
    assert_eq!(answers[0]["query"], query);
    assert_eq!(answers[1]["query"]["limit"], "3");
    for bad in [json!(null), json!("x"), json!({}), json!({"longitude": "x", "latitude": 1})] {
        let answer = public.caller.post("/postcodes", &json!({"geolocations": [bad]})).await;
        assert_eq!(answer.json()["error"], "Invalid longitude/latitude submitted", "{bad}");
        let kept = public.post("/postcodes?positions=keep", &json!({"geolocations": [bad]})).await;
        assert_eq!(kept[0]["error"], "Invalid longitude/latitude submitted", "{bad}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_that_cannot_be_read_get_the_errors_of_postcodes_io() {
    let public = public!("bodies_that_cannot_be_read_get_the_errors_of_postcodes_io");
    let post = async |kind: &'static str, body: String| {
        let request = public.caller.request(reqwest::Method::POST, "/postcodes").body(body);
        public.caller.send(request.header("content-type", kind)).await
    };
    for body in ["{", "1", "\"x\"", "{\"postcodes\": [}", "nul"] {
        let answer = post("application/json", body.to_owned()).await;
        assert_eq!(answer.status, 400, "{body}");
        assert!(answer.json()["error"].as_str().unwrap().starts_with("Invalid JSON submitted."));
    }
    for body in ["{}", "[]", "", "{\"postcodes\": null}", "{\"postcodes\": \"\"}", "{\"x\": []}"] {
        let answer = post("application/json", body.to_owned()).await;
        assert_eq!(answer.status, 400, "{body}");
        let words = answer.json()["error"].as_str().unwrap().to_owned();
        assert!(words.starts_with("Invalid JSON query submitted."), "{body}: {words}");
    }
    for body in ["{\"postcodes\": \"AB1\"}", "{\"geolocations\": {}}", "{\"postcodes\": 7}"] {
        let answer = post("application/json", body.to_owned()).await;
        let words = "Invalid data submitted. You need to provide a JSON array";
        assert_eq!(answer.json(), json!({"status": 400, "error": words}), "{body}");
    }
    let form =
        post("application/x-www-form-urlencoded", "postcodes=AB101AB&postcodes=x".to_owned());
    assert_eq!(form.await.json()["result"][0]["result"]["postcode"], "AB10 1AB");
    let deep = post("application/json", "[".repeat(50_000)).await;
    assert_eq!(deep.status, 400);
    assert_eq!(post("application/json", " ".repeat(10_000_000)).await.status, 413);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn browsers_may_ask_from_anywhere_and_by_script() {
    let public = public!("browsers_may_ask_from_anywhere_and_by_script");
    let answer = public.get("/postcodes/AB101AB/validate?callback=my.cb").await;
    assert_eq!(answer.header("content-type"), "text/javascript; charset=utf-8");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    let script = "/**/ typeof my.cb === 'function' && my.cb({\"status\":200,\"result\":true});";
    assert_eq!(answer.text, script);
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    let missing = public.get("/postcodes/ZZ11ZZ?callback=cb").await;
    assert_eq!((missing.status, &missing.json()["error"]), (404, &json!("Postcode not found")));
    assert_eq!(missing.header("access-control-allow-origin"), "*");
    let preflight = public.caller.request(reqwest::Method::OPTIONS, "/postcodes/AB101AB");
    let preflight = public.caller.send(preflight).await;
    assert_eq!((preflight.status, preflight.text.as_str()), (204, ""));
    assert_eq!(preflight.header("access-control-allow-methods"), "GET,POST,OPTIONS");
    assert_eq!(public.result("/ping").await, "pong");
    assert_eq!(public.result("/ready").await, "Ready");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_path_is_answered_in_place_in_any_spelling_that_the_public_service_takes() {
    let public =
        public!("a_path_is_answered_in_place_in_any_spelling_that_the_public_service_takes");
    let plain = public.result("/postcodes?lon=-2.097&lat=57.148&radius=50").await;
    for path in ["/postcodes/", "/Postcodes", "/POSTCODES/", "/postcodes//"] {
        let there = format!("{path}?lon=-2.097&lat=57.148&radius=50");
        assert_eq!(public.result(&there).await, plain, "{path}");
    }
    let whole = public.result("/postcodes/AB101AB").await;
    for path in ["/postcodes/AB101AB/", "/Postcodes/ab101ab", "/POSTCODES/AB10%201AB/?callback="] {
        let answer = public.get(path).await;
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{path}");
        assert_eq!(answer.json()["result"], whole, "{path}");
    }
    assert_eq!(public.result("/Postcodes/AB101AB/Validate/").await, true);
    assert_eq!(public.result("/Outcodes/AB10/NEAREST/").await[0]["outcode"], "AB10");
    assert_eq!(public.result("/Ping/").await, "pong");
    let asked = json!({"postcodes": ["AB101AB"]});
    let many = public.post("/Postcodes/?filter=postcode", &asked).await;
    assert_eq!(many[0]["result"], json!({"postcode": "AB10 1AB"}));
    for path in ["/", "/nowhere", "/postcodes/ab101ab/nowhere", "//host.example/", "//postcodes"] {
        public.refused(path, 404, "Resource not found").await;
    }
    assert_eq!(public.get("/v1/geo/nowhere").await.json()["code"], "not_found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_preflight_of_any_path_succeeds_and_other_methods_are_not_found() {
    let public = public!("a_preflight_of_any_path_succeeds_and_other_methods_are_not_found");
    let ask = async |method: reqwest::Method, path: &str| {
        public.caller.send(public.caller.request(method, path)).await
    };
    for path in ["/", "/postcodes", "/postcodes/", "/Postcodes/AB101AB/nearest", "/nowhere"] {
        let preflight = ask(reqwest::Method::OPTIONS, path).await;
        assert_eq!((preflight.status, preflight.text.as_str()), (204, ""), "{path}");
        assert_eq!(preflight.header("access-control-allow-origin"), "*", "{path}");
        assert_eq!(preflight.header("access-control-allow-methods"), "GET,POST,OPTIONS");
        let headers = "X-Requested-With, Content-Type, Accept, Origin";
        assert_eq!(preflight.header("access-control-allow-headers"), headers);
    }
    for (method, path) in [
        (reqwest::Method::PUT, "/postcodes"),
        (reqwest::Method::DELETE, "/postcodes/AB101AB"),
        (reqwest::Method::PATCH, "/Postcodes/AB101AB/"),
        (reqwest::Method::POST, "/postcodes/AB101AB"),
        (reqwest::Method::POST, "/ping"),
        (reqwest::Method::PUT, "/nowhere"),
    ] {
        let request = format!("{method} {path}");
        let answer = ask(method, path).await;
        let body = json!({"status": 404, "error": "Resource not found"});
        assert_eq!((answer.status, answer.json()), (404, body), "{request}");
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{request}");
        assert_eq!(answer.header("allow"), "", "{request}");
    }
    let outside = ask(reqwest::Method::OPTIONS, "/internal/v1/postcodes/near").await;
    assert_eq!(outside.header("access-control-allow-origin"), "");
}
