//! No address reaches a log, at any level.

use std::io;
use std::sync::{Arc, Mutex};

use contracts::geolocation::CLIENT_ADDRESS;
use contracts::scopes;
use geolocation::Geolocation;
use kit::id::Ids;
use reqwest::Method;
use serde_json::json;
use testkit::app::TestApp;
use tracing_subscriber::fmt::MakeWriter;

use crate::fakes::Fake;

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl io::Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Captured {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// Promise 000-06. The addresses and words are this test's own, since all tests of the process log here.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn neither_addresses_nor_what_is_searched_are_in_a_log_line_found_or_refused() {
    let captured = Captured::default();
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(captured.clone())
        .init();
    let tenant_id = Ids.next();
    let (postcodes, provider) = (Fake::start(), Fake::start());
    provider.answers(500, "PQ7 7PQ");
    let app = TestApp::<Geolocation>::start(&[
        ("FOLKMOOT_POSTCODES_URL", &postcodes.url),
        ("FOLKMOOT_GEOLOCATION_PROVIDER", "nominatim"),
        ("FOLKMOOT_GEOLOCATION_PROVIDER_URL", &provider.url),
        ("FOLKMOOT_GEOLOCATION_PROVIDER_TENANTS", &tenant_id.to_string()),
        ("FOLKMOOT_GEOLOCATION_PROVIDER_PER_SECOND", "100"),
    ])
    .await;
    let caller = app.caller_for_tenant(tenant_id, &[scopes::GEO_READ]);
    for address in ["91.198.174.192", "10.77.66.55", "2a02:ec80::d00d", "91.198.174.1920"] {
        caller.get(&format!("/v1/geo/ip/{address}")).await;
        caller.get(&format!("/v1/geo/geo.json?host={address}")).await;
        caller.post("/v1/geo/ip", &json!({"ips": [address]})).await;
        let own = caller.request(Method::GET, "/v1/geo/ip").header(CLIENT_ADDRESS, address);
        caller.send(own).await;
    }
    for _ in ["while postcodes is there", "while it is away"] {
        for path in ["search", "autocomplete"] {
            caller.get(&format!("/v1/geo/{path}?q=Oglethorpe+Lane+PQ7+7PQ")).await;
            caller.get(&format!("/v1/geo/{path}?q=PQ7+7PQ%00")).await;
        }
        caller.get("/v1/geo/reverse?lon=-1.7654321&lat=52.7654321").await;
        postcodes.answers(503, "PQ7 7PQ");
    }
    assert!(provider.asked().iter().any(|asked| asked.contains("Oglethorpe")));
    assert!(postcodes.asked().iter().any(|asked| asked.contains("PQ7+7PQ")));
    let log = String::from_utf8(captured.0.lock().unwrap().clone()).unwrap();
    assert!(
        log.contains("request completed") && log.contains("/v1/geo/ip/{ip}"),
        "requests are logged"
    );
    let private = ["91.198.174", "10.77.66", "2a02:ec80", "Oglethorpe", "PQ7", "7654321"];
    for part in private {
        let lines: Vec<&str> = log.lines().filter(|line| line.contains(part)).collect();
        assert!(lines.is_empty(), "{lines:?}");
    }
}
