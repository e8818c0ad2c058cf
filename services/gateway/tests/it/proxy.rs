//! What goes to a service, what comes back, and what does neither.

use contracts::geolocation::CLIENT_ADDRESS;
use contracts::scopes;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::{get_with, suite, suite_with};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_listed_headers_reach_a_service() {
    let suite = suite().await;
    let caller = suite.key("sk", &[scopes::GEO_READ]);
    let given = [
        ("accept-language", "cy"),
        ("if-none-match", "\"x\""),
        ("cookie", "a=b"),
        ("x-forwarded-for", "192.0.2.7"),
        ("forwarded", "for=192.0.2.7"),
        ("x-tenant", "somebody-else"),
        ("tracestate", "a=b"),
        ("baggage", "a=b"),
        ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        ("user-agent", "browser"),
        ("x-request-id", "0190b0c4-0000-7000-8000-00000000000a"),
    ];
    let answer = get_with(&caller, "/v1/geo/postcodes/SW1A%201AA?x=1", &given).await;
    assert_eq!(answer.header("x-request-id"), "0190b0c4-0000-7000-8000-00000000000a");
    let seen = suite.services.seen().remove(0);
    assert_eq!(seen.path, "/v1/geo/postcodes/SW1A%201AA?x=1");
    assert_eq!(seen.headers["accept-language"], "cy");
    assert_eq!(seen.headers["if-none-match"], "\"x\"");
    assert_eq!(seen.headers["x-request-id"], "0190b0c4-0000-7000-8000-00000000000a");
    assert_eq!(seen.headers["x-deadline-ms"], "10000");
    let kept_back = ["cookie", "x-forwarded-for", "forwarded", "x-tenant", "tracestate", "baggage"];
    for name in kept_back.into_iter().chain(["user-agent"]) {
        assert!(!seen.headers.contains_key(name), "{name}: {:?}", seen.headers);
    }
    let trace = seen.headers.get("traceparent").cloned().unwrap_or_default();
    assert!(!trace.contains("0af7651916cd43dd8448eb211c80319c"), "{trace}");
}

/// Clients of postcodes.io put a slash before the query.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_path_of_places_reaches_its_service_whatever_its_spelling() {
    let suite = suite().await;
    let caller = suite.key("sk", &[scopes::GEO_READ]);
    for (sent, expected) in [
        ("/v1/geo/postcodes/?lon=-1.2&lat=51.7", "/v1/geo/postcodes?lon=-1.2&lat=51.7"),
        ("/v1/geo/Postcodes/OX41AA/", "/v1/geo/postcodes/OX41AA"),
    ] {
        assert_eq!(get_with(&caller, sent, &[]).await.status, 200, "{sent}");
        assert_eq!(suite.services.seen().pop().unwrap().path, expected);
    }
    assert_eq!(get_with(&suite.nobody(), "/v1/geo/postcodes/", &[]).await.status, 401);
    for path in ["/v1/campaigns/", "/V1/campaigns", "/v1/geo/nowhere/"] {
        assert_eq!(get_with(&caller, path, &[]).await.status, 404, "{path}");
    }
}

/// Promise 000-06
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_callers_address_reaches_the_route_that_is_about_it_and_no_other() {
    let proxied =
        [("FOLKMOOT_GATEWAY_LIMIT_SCALE", "100"), ("FOLKMOOT_TRUSTED_PROXIES", "127.0.0.0/8")];
    let listed = ("x-forwarded-for", "6.6.6.6, 81.2.69.142:4711");
    let forwarded = ("forwarded", "for=6.6.6.6, for=\"81.2.69.142:4711\";proto=https");
    for (settings, header, expected) in [
        (&proxied[..], listed, "81.2.69.142"),
        (&proxied[..], forwarded, "81.2.69.142"),
        (&proxied[..1], listed, "127.0.0.1"),
        (&proxied[..1], forwarded, "127.0.0.1"),
    ] {
        let suite = suite_with(settings).await;
        let caller = suite.key("sk", &[scopes::GEO_READ]);
        let given = [header, (CLIENT_ADDRESS, "6.6.6.6")];
        for path in ["/v1/geo/ip", "/v1/geo/ip/192.0.2.1", "/v1/geo/postcodes/SW1A1AA"] {
            assert_eq!(get_with(&caller, path, &given).await.status, 200, "{path}");
        }
        let posted =
            caller.request(reqwest::Method::POST, "/v1/geo/ip").header(CLIENT_ADDRESS, "6.6.6.6");
        assert_eq!(caller.send(posted.json(&json!({}))).await.status, 200);
        let sent: Vec<Option<String>> = suite
            .services
            .seen()
            .iter()
            .map(|it| it.headers.get(CLIENT_ADDRESS).cloned())
            .collect();
        assert_eq!(sent, [Some(expected.to_owned()), None, None, None]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_come_back_as_they_are_save_cookies_and_refused_tokens() {
    let suite = suite().await;
    let caller = suite.key("sk", &[scopes::GEO_READ]);
    let large = json!({"text": "x".repeat(300_000)});
    suite.services.answer("/v1/geo/postcodes/A", 404, &json!({"code": "not_found"}));
    suite.services.answer("/v1/geo/postcodes/B", 200, &large);
    suite.services.answer("/v1/geo/postcodes/C", 401, &json!({}));
    let answer = caller.get("/v1/geo/postcodes/A").await;
    assert_eq!((answer.status, answer.text.as_str()), (404, r#"{"code":"not_found"}"#));
    assert_eq!(answer.header("etag"), "\"1\"");
    assert!(!answer.headers.contains_key("set-cookie"));
    assert_eq!(caller.get("/v1/geo/postcodes/B").await.json(), large);
    assert_eq!(caller.get("/v1/geo/postcodes/C").await.status, 503);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_heads_and_paths_beyond_measure_reach_nobody() {
    let suite = suite().await;
    let caller = suite
        .key("sk", &[scopes::CAMPAIGNS_WRITE, scopes::GEO_READ, scopes::REPRESENTATIVES_WRITE]);
    let ten_megabytes = json!({"text": "x".repeat(10 * 1024 * 1024)});
    let refused = caller.post("/v1/campaigns", &ten_megabytes).await;
    assert_eq!((refused.status, refused.json()["code"].as_str()), (413, Some("too_large")));
    let csv = caller.request(reqwest::Method::POST, "/v1/representatives/import");
    let csv = csv.header("content-type", "text/csv").body("x".repeat(10 * 1024 * 1024));
    assert_eq!(caller.send(csv).await.status, 413);
    let long = "x".repeat(9_000);
    let headers = [("x-a", long.as_str()), ("x-b", long.as_str())];
    let path = "/v1/geo/postcodes/SW1A1AA";
    assert_eq!(get_with(&caller, path, &headers).await.status, 431);
    assert_eq!(caller.get(&format!("{path}?{long}")).await.status, 414);
    for odd in
        ["/v1/geo/postcodes/a%2Fb", "/v1/geo/postcodes/%2e%2e%2fusers", "/v1/geo/postcodes/%0d"]
    {
        assert_eq!(caller.get(odd).await.status, 404, "{odd}");
    }
    assert!(suite.services.seen().is_empty());
    let csv = caller.request(reqwest::Method::POST, "/v1/representatives/import");
    let csv = csv.header("content-type", "text/csv").body("x".repeat(4 * 1024 * 1024));
    assert_eq!(caller.send(csv).await.status, 200);
    let seen = suite.services.seen().remove(0);
    assert_eq!((seen.method.as_str(), seen.body.len()), ("POST", 4 * 1024 * 1024));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_is_down_is_reported_with_a_time_to_come_back() {
    // Nobody listens on port 1.
    let suite = suite_with(&[("FOLKMOOT_POSTCODES_URL", "http://127.0.0.1:1")]).await;
    let caller = suite.key("sk", &[scopes::GEO_READ]);
    let answer = caller.get("/v1/geo/postcodes/SW1A1AA").await;
    assert_eq!((answer.status, answer.json()["code"].as_str()), (503, Some("unavailable")));
    assert!(!answer.header("retry-after").is_empty());
}

/// A service that answers every connection with these bytes, once it was asked something.
async fn raw_service(answer: &'static str) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    kit::tasks::spawn("raw", async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut asked = [0; 4096];
            let _ = socket.read(&mut asked).await;
            let _ = socket.write_all(answer.as_bytes()).await;
        }
    });
    url
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn headers_of_the_connection_end_at_the_gateway() {
    let answer = "HTTP/1.1 200 OK\r\nconnection: close, x-private\r\nx-private: 1\r\nkeep-alive: timeout=5\r\nserver: secret/1.0\r\naccess-control-allow-origin: *\r\nx-kept: 1\r\ncontent-length: 2\r\n\r\n{}";
    let url = raw_service(answer).await;
    let suite = suite_with(&[("FOLKMOOT_POSTCODES_URL", &url)]).await;
    let answer = suite.key("sk", &[scopes::GEO_READ]).get("/v1/geo/postcodes/A").await;
    assert_eq!((answer.status, answer.header("x-kept")), (200, "1"));
    for name in ["x-private", "keep-alive", "server", "access-control-allow-origin"] {
        assert!(!answer.headers.contains_key(name), "{name}");
    }
}

/// HEAD must not do what GET does besides answering: a download is recorded.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn head_reaches_a_service_as_head_and_says_how_long_the_body_would_be() {
    let suite = suite().await;
    let caller = suite.key("sk", &[scopes::CAMPAIGNS_READ]);
    suite.services.answer("/v1/campaigns", 200, &json!({ "data": [] }));
    let got = caller.get("/v1/campaigns").await;
    let head = caller.send(caller.request(reqwest::Method::HEAD, "/v1/campaigns")).await;
    let methods: Vec<String> = suite.services.seen().into_iter().map(|seen| seen.method).collect();
    assert_eq!(methods, ["GET", "HEAD"]);
    assert_eq!((head.status, head.text.as_str(), head.header("etag")), (200, "", "\"1\""));
    assert_eq!(head.header("content-length"), got.text.len().to_string());
}

/// A route's deadline is for the start of its response; a large download over a slow line takes longer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_body_is_not_cut_at_the_deadline_of_its_start() {
    let suite = suite().await;
    let caller = suite.key("sk", &[scopes::CAMPAIGNS_READ]);
    let answer = get_with(&caller, "/v1/campaigns?long", &[]).await;
    assert_eq!((answer.status, answer.text.lines().count()), (200, 4), "{}", answer.text);
}
