//! What a panic leaves in the logs. The hook belongs to the whole process, so the panic happens in one of its own.

use std::process::Command;

use kit::telemetry::{self, TelemetryConfig};

const CHILD: &str = "panics::child";
const CANARY: &str = "canary@example.org";

#[test]
fn a_panic_is_logged_by_its_place_without_its_message() {
    let mut child = Command::new(std::env::current_exe().unwrap());
    let output = child.args(["--exact", CHILD, "--ignored", "--nocapture"]).output().unwrap();
    assert!(output.status.success());
    let logged = String::from_utf8(output.stdout).unwrap();
    assert!(logged.contains(r#""message":"panicked""#) && logged.contains("panics.rs"), "{logged}");
    assert!(!logged.contains(CANARY), "{logged}");
    assert!(!String::from_utf8(output.stderr).unwrap().contains(CANARY));
}

#[test]
#[ignore = "run by the test above"]
fn child() {
    telemetry::init(&TelemetryConfig {
        log: "info".to_owned(),
        otlp_endpoint: None,
        trace_sample: 1.0,
    })
    .unwrap();
    telemetry::log_panics();
    assert!(std::thread::spawn(|| panic!("{CANARY}")).join().is_err());
    telemetry::flush();
}
