//! Callers of the running suite.

use std::fs;
use std::process::Command;

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::paths;
use crate::stack::process::{self, Process};
use crate::up::commands::MAIN_JOB;
use crate::up::state::RunDir;

/// Ten supporters in a second at most, until somebody stops them.
const SUBMIT: &str = r#"
while sleep 0.1; do
  curl --silent --output /dev/null --max-time 10 --oauth2-bearer "$1" "$2" --json '{
    "name": "Ben Example", "email": "ben.'$RANDOM$RANDOM$RANDOM'@example.org", "postcode": "OX4 1AA",
    "address": "2 Cowley Road, Oxford", "consents": [{"id": "process", "given": true}]
  }'
done
"#;

/// What `cargo xtask up` made for the demo.
pub(super) struct Demo(Value);

impl Demo {
    pub(super) fn read(run: &RunDir) -> anyhow::Result<Self> {
        let demo = fs::read_to_string(run.at("demo.json")).context("there is no demo")?;
        Ok(Self(serde_json::from_str(&demo).context("demo.json")?))
    }

    pub(super) fn text(&self, name: &'static str) -> anyhow::Result<&str> {
        self.0.get(name).and_then(Value::as_str).context(name)
    }
}

/// A supporter who writes to their representative: the main job, up to the email.
pub(super) fn act(run: &RunDir) -> anyhow::Result<Process> {
    let mut script = Command::new("bash");
    script.arg(paths::root().join(MAIN_JOB)).arg("--until-email");
    Process::spawn(MAIN_JOB, &mut script, &run.log("alerts"))
}

/// Callers who ask for the counter of the demo's campaign again and again, so many at once.
pub(super) fn call(run: &RunDir, gateway: &str, at_once: u32) -> anyhow::Result<Process> {
    let demo = Demo::read(run)?;
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--output", "/dev/null", "--parallel", "--parallel-immediate"])
        .args(["--parallel-max", &at_once.to_string()])
        .args(["--oauth2-bearer", demo.text("publishable_key")?])
        .arg(format!(
            "{gateway}/v1/campaigns/{}/counter?asked=[1-9999]",
            demo.text("campaign_id")?
        ));
    Process::spawn("curl", &mut curl, &run.log("alerts"))
}

/// Supporters who act and do not confirm.
pub(super) fn submit(run: &RunDir, gateway: &str) -> anyhow::Result<Process> {
    let demo = Demo::read(run)?;
    let actions = format!("{gateway}/v1/campaigns/{}/actions", demo.text("campaign_id")?);
    let mut script = Command::new("bash");
    script.args(["-c", SUBMIT, "submit", demo.text("publishable_key")?, &actions]);
    Process::spawn("supporters", &mut script, &run.log("alerts"))
}

/// One supporter with this address acts.
pub(super) fn submit_as(run: &RunDir, gateway: &str, email: &str) -> anyhow::Result<String> {
    let demo = Demo::read(run)?;
    let url = format!("{gateway}/v1/campaigns/{}/actions", demo.text("campaign_id")?);
    let action = json!({
        "name": "Carol Example", "email": email, "postcode": "OX4 1AA",
        "address": "3 Cowley Road, Oxford", "consents": [{"id": "process", "given": true}],
    });
    ask_with(run, demo.text("publishable_key")?, &url, Some(&action.to_string()))
}

/// Sends one request with the organisation's secret key to its end, and returns the response's body.
pub(super) fn ask(run: &RunDir, url: &str, body: Option<&str>) -> anyhow::Result<String> {
    ask_with(run, Demo::read(run)?.text("secret_key")?, url, body)
}

fn ask_with(run: &RunDir, key: &str, url: &str, body: Option<&str>) -> anyhow::Result<String> {
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--show-error", "--fail-with-body", "--max-time", "20"])
        .args(["--oauth2-bearer", key])
        .arg(url);
    if let Some(body) = body {
        curl.args(["--json", body]);
    }
    process::run_for_output("curl", &mut curl, &run.log("alerts"))
}
