//! Schemathesis, a public tool that reads a service's OpenAPI document, sends what it describes and what it forbids, and
//! holds the responses to it.

use std::{collections::BTreeMap, fmt::Write as _, path::Path, process::Stdio};

use kit::service::Service;
use tokio::process::Command;
use tokio::time::{Duration, interval};

use crate::{app::TestApp, caller::Caller};

/// What it checks, and what it leaves out.
const SETTINGS: &str = include_str!("schemathesis.toml");
/// How it gets a token that has not expired.
const HOOKS: &str = include_str!("schemathesis_hooks.py");
/// Random cases of each operation, beside those that the document implies; a run takes seconds.
const CASES: &str = "4";
/// Tokens live a minute.
const TOKEN_EVERY: Duration = Duration::from_secs(20);

/// A parameter with a value that exists, so that an operation does not only find nothing: operation, parameter as
/// `path.id` or `header.If-Match`, value.
pub type Known<'a> = (&'a str, &'a str, String);

/// Fails when a response is a server error or not as the document says, or when something that the document forbids is
/// accepted. `caller` gives a fresh token. Sends the same each time; with `FOLKMOOT_TEST_FUZZ_SECONDS` it sends something
/// else for so long.
#[expect(clippy::disallowed_methods, reason = "tests are configured by the task runner")]
pub async fn hold_to<S: Service>(
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
    let mut ticks = interval(TOKEN_EVERY);
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

/// The settings, and a section for each operation with known values.
fn settings(known: &[Known<'_>]) -> String {
    let mut of_operations: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (operation, parameter, value) in known {
        let value = value.replace('\'', "");
        of_operations.entry(operation).or_default().push(format!("'{parameter}' = '{value}'"));
    }
    let mut settings = SETTINGS.to_owned();
    for (operation, values) in of_operations {
        let values = values.join(", ");
        let _ = write!(
            settings,
            "\n[[operations]]\ninclude-operation-id = '{operation}'\nparameters = {{ {values} }}\n"
        );
    }
    settings
}
