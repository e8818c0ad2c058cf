//! Signatures that the reference library of Standard Webhooks accepts.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use serde_json::json;

use crate::{
    receiver::{Receiver, Seen},
    support,
};

const SCRIPT: &str = include_str!("verify_webhook.py");

#[expect(clippy::disallowed_methods, reason = "tests are configured by the task runner")]
fn python() -> Option<String> {
    let python = std::env::var("FOLKMOOT_TEST_PYTHON").ok();
    if python.is_none() {
        eprintln!(
            "left out: a foreign verifier of webhooks (FOLKMOOT_TEST_PYTHON names no Python)"
        );
    }
    python
}

fn accepts(python: &str, secret: &str, seen: &Seen) -> bool {
    let given = json!({ "secret": secret, "headers": seen.headers, "body": seen.body });
    let mut child = Command::new(python)
        .args(["-c", SCRIPT])
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(given.to_string().as_bytes()).unwrap();
    child.wait().unwrap().success()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_reference_library_accepts_a_delivery_and_nothing_changed() {
    let Some(python) = python() else { return };
    let receiver = Receiver::start(&[]);
    let app = support::start_with(&receiver).await;
    let caller = support::partner(&app);
    let url = receiver.url();
    let endpoint = support::register(&caller, &url, &["campaign.action.confirmed"]).await;
    app.deliver(caller.tenant_id, &support::confirmed(&app)).await.unwrap();
    support::send(&app).await;
    let seen = receiver.seen().remove(0);
    let secret = endpoint["secret"].as_str().unwrap();
    assert!(accepts(&python, secret, &seen));

    let mut changed = seen.clone();
    changed.body = changed.body.replace("confirmed", "anonymised");
    assert!(!accepts(&python, secret, &changed));
    let mut moved = seen;
    moved.headers.insert("webhook-id".to_owned(), "another".to_owned());
    assert!(!accepts(&python, secret, &moved));
}
