//! The admin port of `folkmoot all`, as an orchestrator and a scraper see it.

use std::collections::BTreeSet;

use contracts::services;
use integration_tests::suite::{Mode, Suite, fetch, ready};
use serde_json::Value;

#[test]
fn one_process_has_one_admin_port_that_reports_every_service() -> anyhow::Result<()> {
    let suite = Suite::start("admin", Mode::OneProcess)?;
    let admin = suite.setting("FOLKMOOT_ADMIN_LISTEN");
    assert!(ready(admin));
    let (_, body) = suite.readiness("campaigns")?;
    assert_eq!((&body["service"], &body["ready"]), (&"campaigns".into(), &true.into()));
    let response = fetch(admin, "/readyz")?;
    let report: Value = serde_json::from_str(response.split_once("\r\n\r\n").unwrap().1)?;
    let reported = report["services"].as_object().unwrap();
    let names: BTreeSet<&str> = reported.keys().map(String::as_str).collect();
    assert_eq!(names, services::names().collect::<BTreeSet<_>>());
    assert_eq!(report["ready"], true);
    assert!(fetch(admin, "/readyz/nothing")?.starts_with("HTTP/1.1 404"));
    // One scrape has the figures of all, and no other port has them again.
    let metrics = fetch(admin, "/metrics")?;
    for service in ["campaigns", "keyring", "identity"] {
        let check = format!(r#"folkmoot_check_status{{service="{service}",check="postgres"}}"#);
        assert!(metrics.contains(&check), "{service}");
        let own = suite.setting(&format!("FOLKMOOT_{}_ADMIN_LISTEN", service.to_uppercase()));
        assert!(fetch(own, "/metrics").is_err(), "{service}");
    }
    Ok(())
}
