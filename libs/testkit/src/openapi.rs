//! Schemathesis, a stranger that reads a service's OpenAPI document and asks for what it promises and for what it forbids.

use std::path::Path;
use std::process::Stdio;

use kit::service::Service;
use tokio::process::Command;
use tokio::time::{Duration, interval};

use crate::app::TestApp;

/// What it checks, and where it looks away.
const SETTINGS: &str = include_str!("schemathesis.toml");
/// How it gets a token that is still good.
const HOOKS: &str = include_str!("schemathesis_hooks.py");
/// Cases of each operation, beside those that the document implies; a run takes seconds.
const CASES: &str = "4";
/// Tokens live a minute.
const TOKEN_EVERY: Duration = Duration::from_secs(20);

/// Fails when an answer is a server's error, is not as the document says, or accepts what the document forbids. Asks the
/// same each time; with `FOLKMOOT_TEST_FUZZ_SECONDS` it asks something else for so long.
#[expect(clippy::disallowed_methods, reason = "tests are configured by the task runner")]
pub async fn hold_to<S: Service>(app: &TestApp<S>, document: &Path, scopes: &[&str]) {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("schemathesis.toml"), SETTINGS).expect("settings");
    std::fs::write(at("hooks.py"), HOOKS).expect("hooks");
    let mut asks = Command::new(crate::setting("FOLKMOOT_TEST_PYTHON"));
    asks.args(["-m", "schemathesis.cli", "--config-file"]).arg(at("schemathesis.toml")).arg("run");
    asks.arg(document).args(["--url", &format!("http://{}", app.running.addr)]);
    match std::env::var("FOLKMOOT_TEST_FUZZ_SECONDS") {
        Ok(seconds) => asks.args(["--max-examples=1000", "--max-time", &seconds]),
        Err(_) => asks.args(["--seed=1", "--max-examples", CASES]),
    };
    asks.current_dir(folder.path())
        .env("SCHEMATHESIS_HOOKS", "hooks")
        .env("PYTHONPATH", folder.path())
        .env("FOLKMOOT_TEST_TOKEN", at("token"))
        .env("NO_PROXY", "*")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let asks = asks.output();
    let mut asks = std::pin::pin!(asks);
    let mut ticks = interval(TOKEN_EVERY);
    let output = loop {
        tokio::select! {
            _ = ticks.tick() => {
                let token = app.caller(scopes).token.expect("a token");
                std::fs::write(at("token"), token).expect("a token's file");
            }
            output = &mut asks => break output.expect("schemathesis"),
        }
    };
    let told = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}\n{errors}");
}
