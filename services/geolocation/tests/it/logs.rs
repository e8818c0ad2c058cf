//! No address reaches a log, at any level.

use std::io;
use std::sync::{Arc, Mutex};

use contracts::geolocation::CLIENT_ADDRESS;
use geolocation::Geolocation;
use reqwest::Method;
use serde_json::json;
use testkit::app::TestApp;
use tracing_subscriber::fmt::MakeWriter;

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

/// Promise 000-06. The addresses are this test's own, since all tests of the process log here.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_is_in_no_log_line_whether_it_is_found_or_refused() {
    let captured = Captured::default();
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(captured.clone())
        .init();
    let app = TestApp::<Geolocation>::start(&[]).await;
    let caller = app.caller(&["geo:read"]);
    for address in ["91.198.174.192", "10.77.66.55", "2a02:ec80::d00d", "91.198.174.1920"] {
        caller.get(&format!("/v1/geo/ip/{address}")).await;
        caller.get(&format!("/v1/geo/geo.json?host={address}")).await;
        caller.post("/v1/geo/ip", &json!({"ips": [address]})).await;
        let own = caller.request(Method::GET, "/v1/geo/ip").header(CLIENT_ADDRESS, address);
        caller.send(own).await;
    }
    let log = String::from_utf8(captured.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("handled") && log.contains("/v1/geo/ip/{ip}"), "requests are logged");
    for part in ["91.198.174", "10.77.66", "2a02:ec80"] {
        let told: Vec<&str> = log.lines().filter(|line| line.contains(part)).collect();
        assert!(told.is_empty(), "{told:?}");
    }
}
