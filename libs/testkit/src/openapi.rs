//! Runs schemathesis, a public tool that reads a service's OpenAPI document, sends requests that it allows and that it
//! forbids, and compares the responses with it.

use std::{collections::BTreeMap, fmt::Write as _, path::Path, process::Stdio};

use kit::service::Service;
use tokio::process::Command;
use tokio::time::{Duration, interval};

use crate::{app::TestApp, caller::Caller};

/// What schemathesis checks.
const SETTINGS: &str = include_str!("schemathesis.toml");
/// How it gets a token that has not expired: from a file that is rewritten while it runs.
const HOOKS: &str = include_str!("schemathesis_hooks.py");
/// Random requests of each operation, beside those that the document implies. With so few a run takes seconds.
const CASES: &str = "4";
/// Wait between two tokens, which are valid for a minute.
const TOKEN_INTERVAL: Duration = Duration::from_secs(20);

/// The value of a parameter for which there is data, so that an operation does not only respond 404: operation, parameter
/// (e.g. `path.id` or `header.If-Match`), value.
pub type Known<'a> = (&'a str, &'a str, String);

/// Panics if a response is a server error or differs from the document, or if a request that the document forbids is
/// accepted. `caller` makes a caller with a new token. Each run sends the same requests; with
/// `FOLKMOOT_TEST_FUZZ_SECONDS` it sends different ones for that time.
#[expect(clippy::disallowed_methods, reason = "tests are configured by the task runner")]
pub async fn check<S: Service>(
    app: &TestApp<S>,
    document: &Path,
    known: &[Known<'_>],
    caller: impl Fn() -> Caller,
) {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("schemathesis.toml"), settings(known)).expect("settings");
    std::fs::write(at("hooks.py"), HOOKS).expect("hooks");
    let mut schemathesis = Command::new(crate::setting("FOLKMOOT_TEST_PYTHON"));
    schemathesis.args(["-m", "schemathesis.cli", "--config-file"]).arg(at("schemathesis.toml"));
    schemathesis.arg("run").arg(document).args(["--url", &format!("http://{}", app.running.addr)]);
    match std::env::var("FOLKMOOT_TEST_FUZZ_SECONDS") {
        Ok(seconds) => schemathesis.args(["--max-examples=1000", "--max-time", &seconds]),
        Err(_) => schemathesis.args(["--seed=1", "--max-examples", CASES]),
    };
    schemathesis
        .current_dir(folder.path())
        .env("SCHEMATHESIS_HOOKS", "hooks")
        .env("PYTHONPATH", folder.path())
        .env("FOLKMOOT_TEST_TOKEN", at("token"))
        .env("NO_PROXY", "*")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let output = schemathesis.output();
    let mut output = std::pin::pin!(output);
    let mut ticks = interval(TOKEN_INTERVAL);
    let output = loop {
        tokio::select! {
            _ = ticks.tick() => {
                std::fs::write(at("token"), caller().token.unwrap_or_default()).expect("a token's file");
            }
            output = &mut output => break output.expect("schemathesis"),
        }
    };
    let report = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{report}\n{errors}");
}

/// The settings of schemathesis, with a section for each operation that has known values.
fn settings(known: &[Known<'_>]) -> String {
    let mut by_operation: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (operation, parameter, value) in known {
        let value = value.replace('\'', "");
        by_operation.entry(operation).or_default().push(format!("'{parameter}' = '{value}'"));
    }
    let mut settings = SETTINGS.to_owned();
    for (operation, values) in by_operation {
        let values = values.join(", ");
        let _ = write!(
            settings,
            "\n[[operations]]\ninclude-operation-id = '{operation}'\nparameters = {{ {values} }}\n"
        );
    }
    settings
}
