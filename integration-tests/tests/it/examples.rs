//! The repository's examples and the code of docs/webhooks.md, run unchanged against a suite.

use std::{fs, process::Command};

use anyhow::Context as _;
use integration_tests::{
    driver::Driver,
    suite::{Mode, Suite},
};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use xtask::{
    paths,
    up::commands::{PAGE, SERVE_PAGE, WEBHOOK_RECEIVERS},
};

use crate::receivers::{self, Receivers};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_examples_and_the_code_of_the_webhooks_guide_work_unchanged() -> anyhow::Result<()> {
    let ports = receivers::ports()?;
    let origins = receivers::origins(ports);
    let settings = [("FOLKMOOT_WEBHOOKS_DEV_RECEIVERS", origins.as_str())];
    let suite =
        tokio::task::block_in_place(|| Suite::start_with("examples", Mode::OneProcess, &settings))?;
    let driver = Driver::of(&suite)?;
    let receivers = Receivers::start(&suite, &driver, ports).await?;
    let action_id = main_job(&suite)?;
    receivers.received("campaign.action.confirmed", &action_id)?;
    receivers.received("person.erased", "subject_id")?;
    receivers::consume_kafka(&suite, &action_id)?;
    receivers.refuse_what_is_forged_and_drop_what_is_repeated().await?;
    main_job_fails_clearly(&suite)?;
    sign_in(&suite)?;
    page(&driver).await?;
    documented_commands_match_up()?;
    receivers::production_refuses_to_start(&suite)
}

/// Runs a script of examples/ on the demo of this suite.
fn script(name: &str, run: &str) -> anyhow::Result<(bool, String, String)> {
    let mut bash = Command::new("bash");
    // From another folder, as its documentation allows.
    bash.arg(paths::root().join("examples").join(name)).env("FOLKMOOT_RUN", run).current_dir(run);
    let output = tokio::task::block_in_place(|| bash.output()).context("failed to run bash")?;
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    Ok((output.status.success(), text(&output.stdout), text(&output.stderr)))
}

/// The main job ends in a receipt; returns the id of its action.
fn main_job(suite: &Suite) -> anyhow::Result<String> {
    let (ok, output, errors) = script("main-job.sh", &suite.path(""))?;
    anyhow::ensure!(ok, "{output}\n{errors}");
    let steps: Vec<&str> = output.split("\n== ").collect();
    let step = |name: &str| {
        let found = steps.iter().find_map(|step| step.strip_prefix(name)?.split_once('\n'));
        found.map(|(_, body)| body).with_context(|| format!("no step `{name}` in {output}"))
    };
    assert!(step("They get an email")?.contains("Subject: "));
    assert!(step("The representative gets")?.contains("I walk here every day."));
    let receipt: Value = serde_json::from_str(step("The receipt")?)?;
    let services = receipt["services"].as_array().context("no services in the receipt")?;
    assert_eq!(services.len(), 5, "{receipt}");
    assert!(services.iter().all(|service| service["remaining"] == 0), "{receipt}");
    assert!(services.iter().any(|service| service["rows"].as_i64() > Some(0)), "{receipt}");
    let accepted: Value = serde_json::from_str(step("A supporter acts")?)?;
    Ok(accepted["action_id"].as_str().context("no action_id")?.to_owned())
}

fn main_job_fails_clearly(suite: &Suite) -> anyhow::Result<()> {
    let run = suite.dir.join("elsewhere");
    fs::create_dir_all(&run)?;
    let (ok, _, errors) = script("main-job.sh", &run.to_string_lossy())?;
    assert!(!ok && errors.contains("run `cargo xtask up --detach` first"), "{errors}");
    let environment = fs::read_to_string(suite.dir.join("demo.env"))?;
    let key = suite.demo_value("publishable_key");
    fs::write(run.join("demo.env"), environment.replace(key, "pk_live_revoked"))?;
    let (ok, _, errors) = script("main-job.sh", &run.to_string_lossy())?;
    assert!(!ok && errors.contains("/public: ") && errors.contains("unauthorized"), "{errors}");
    Ok(())
}

fn sign_in(suite: &Suite) -> anyhow::Result<()> {
    let (ok, output, errors) = script("sign-in.sh", &suite.path(""))?;
    anyhow::ensure!(ok, "{output}\n{errors}");
    assert!(output.contains("api_key.created"), "the audit log is shown: {output}");
    assert!(output.trim_end().ends_with("HTTP status 401"), "{output}");
    Ok(())
}

/// What a browser sends for examples/petition-page.html: the demo's key lists the origin that `cargo xtask up` prints.
async fn page(driver: &Driver) -> anyhow::Result<()> {
    let allowed = |response: &Response| {
        let header = response.headers().get("access-control-allow-origin");
        header.map(|value| value.as_bytes().to_vec())
    };
    let printed_by_up = PAGE.strip_suffix("/petition-page.html").context("another page")?;
    for (origin, is_listed) in [(printed_by_up, true), ("null", false)] {
        let expected = is_listed.then(|| origin.as_bytes().to_vec());
        let url = format!("{}/v1/campaigns/{}/actions", driver.gateway, driver.campaign);
        let preflight = driver
            .http
            .request(Method::OPTIONS, &url)
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization,content-type,idempotency-key");
        let answer = preflight.send().await?;
        assert_eq!((answer.status().is_success(), allowed(&answer)), (is_listed, expected.clone()));
        let faulty =
            driver.http.post(&url).bearer_auth(&driver.publishable).header("origin", origin);
        let answer = faulty.json(&json!({ "name": "", "consents": [] })).send().await?;
        assert_eq!(answer.status().as_u16(), if is_listed { 422 } else { 403 });
        assert_eq!(allowed(&answer), expected, "the page can read errors");
    }
    Ok(())
}

/// The documented commands are those that `cargo xtask up` prints and sets up.
fn documented_commands_match_up() -> anyhow::Result<()> {
    let read = |name: &str| fs::read_to_string(paths::root().join("examples").join(name));
    for name in ["petition-page.html", "README.md"] {
        assert!(read(name)?.contains(SERVE_PAGE), "{name}");
    }
    let (receiver, _) = WEBHOOK_RECEIVERS.split_once(',').context("one receiver only")?;
    assert!(read("webhook-receiver.py")?.contains(&format!(r#""url": "{receiver}/""#)));
    Ok(())
}
