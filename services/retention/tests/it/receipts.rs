//! Receipts that others can verify.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use crate::support;

const SCRIPT: &str = include_str!("verify_receipt.py");

/// Runs the verifier; `None` when the receipt is not valid.
fn verify(python: &str, keys: &str, token: &str) -> Option<Value> {
    let mut child = Command::new(python)
        .args(["-c", SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(format!("{keys}\n{token}\n").as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    output.status.success().then(|| serde_json::from_slice(&output.stdout).unwrap())
}

#[expect(clippy::disallowed_methods, reason = "tests are configured by the task runner")]
fn python() -> Option<String> {
    let python = std::env::var("FOLKMOOT_TEST_PYTHON").ok();
    if python.is_none() {
        eprintln!(
            "left out: a foreign verifier of receipts (FOLKMOOT_TEST_PYTHON names no Python)"
        );
    }
    python
}

/// Promises 000-34 and 004-52
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receipt_is_verified_by_foreign_code_and_a_changed_one_is_not() {
    let app = support::start().await;
    let caller = support::officer(&app);
    let id = support::erased_for_good(&app, &caller).await;
    let receipt = caller.get(&format!("/v1/erasures/{id}/receipt")).await;
    assert_eq!((receipt.status, receipt.header("content-type")), (200, "application/jose"));
    let keys = caller.anonymous().get("/v1/receipt-keys").await;
    assert_eq!(keys.status, 200, "public");
    assert!(!keys.text.contains("\"d\""), "no private half");

    let Some(python) = python() else { return };
    let payload = verify(&python, &keys.text, &receipt.text).expect("verifies");
    assert_eq!(payload["erasure_id"], id);
    assert_eq!(payload["tenant_id"], caller.tenant_id.to_string());
    assert_eq!(payload["keys_destroyed"], 2);
    assert_eq!(payload["services"].as_array().unwrap().len(), 5);
    let time = |name: &str| payload[name].as_str().unwrap().parse::<DateTime<Utc>>().unwrap();
    assert_eq!(time("backups_gone_by") - time("recorded_at"), TimeDelta::days(60));
    assert!(time("probed_at") >= time("recorded_at"));
    assert!(time("announced_at") - time("keys_destroyed_at") >= TimeDelta::seconds(10));

    let other = support::erased_for_good(&app, &support::officer(&app)).await;
    assert_ne!(other, id);
    let parts: Vec<&str> = receipt.text.split('.').collect();
    let forged = format!("{}.{}A.{}", parts[0], parts[1], parts[2]);
    assert!(verify(&python, &keys.text, &forged).is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erasure_without_a_person_has_a_receipt() {
    let app = support::start().await;
    let caller = support::officer(&app);
    let id = support::erase(&caller).await.json()["id"].as_str().unwrap().to_owned();
    let receipt = caller.get(&format!("/v1/erasures/{id}/receipt")).await;
    assert_eq!((receipt.status, receipt.text.split('.').count()), (200, 3));
}
