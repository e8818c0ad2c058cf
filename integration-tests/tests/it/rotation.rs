//! Every key is replaced under load with two replicas of each service, in the three rollouts of docs/operations.md; those that
//! need one step, in the second of them. Nothing fails, nothing is lost or done twice, and the old keys are gone in the end. It
//! takes minutes: `cargo xtask rotation` runs it.

use std::{fmt::Write as _, fs};

use anyhow::Context as _;
use base64::{Engine as _, engine::general_purpose::STANDARD as B64};
use contracts::services;
use integration_tests::{
    driver::Driver,
    places,
    suite::{self, Mode, Suite},
};
use kit::id::Ids;
use testkit::fakes::new_key;
use tokio::task::block_in_place;

use crate::{
    receivers::Receiver,
    replicas::{self, Front, Setting, fronts},
    traffic::Traffic,
};

/// These are replaced in one step: without a line, `keys generate` makes a new one.
const IN_ONE_STEP: [&str; 3] = [
    "FOLKMOOT_MESSAGING_DKIM_KEY",
    "FOLKMOOT_MESSAGING_TOKEN_KEY",
    "FOLKMOOT_RETENTION_RECEIPT_KEY",
];
/// The signing domain's new key needs a new name.
const SELECTOR: (&str, &str) = ("FOLKMOOT_MESSAGING_DKIM_SELECTOR", "second");
/// The rollout after which the new keys are current.
const CURRENT: usize = 1;
/// Longer than our clients keep idle connections.
const DRAIN_SECONDS: &str = "6";
const CONFIRMED: &str = "campaign.action.confirmed";
/// What the log says of a run that left nothing under another key.
const REWRAPPED: [(&str, &str); 3] = [
    ("gateway", "signing keys rewrapped"),
    ("webhooks", "webhook secrets rewrapped"),
    ("keyring", "\"keys rewrapped\""),
];

/// How the settings name a key and its successor, in the order of the rollouts.
const ROLLOUTS: [fn(&Key) -> String; 3] = [
    |key| format!("{},{}", key.old, key.new),
    |key| format!("{},{}", key.new, key.old),
    |key| key.new.clone(),
];

struct Key {
    name: String,
    old: String,
    new: String,
}

fn keys(suite: &Suite) -> Vec<Key> {
    let secret = || B64.encode(Ids.bytes::<32>());
    let wrapping = [
        ("FOLKMOOT_KEYRING_KEKS", format!("2:{}", secret())),
        ("FOLKMOOT_GATEWAY_WRAP_KEY", secret()),
        ("FOLKMOOT_WEBHOOKS_SECRET_KEY", secret()),
    ];
    let workload = services::names().map(|service| {
        let name = format!("FOLKMOOT_{}_WORKLOAD_KEY", service.to_uppercase());
        (name, B64.encode(new_key()))
    });
    let all = wrapping.into_iter().map(|(name, new)| (name.to_owned(), new)).chain(workload);
    all.map(|(name, new)| Key { old: suite.setting(&name).to_owned(), name, new }).collect()
}

fn pairs(text: &str) -> Vec<Setting> {
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Writes the keys of a rollout into the file, as an operator does, and has what is missing and the key set made again. Returns
/// all settings of the file.
fn write(suite: &Suite, keys: &[Key], rollout: usize) -> anyhow::Result<Vec<Setting>> {
    let file = suite.dir.join("secrets/env");
    let value = ROLLOUTS.get(rollout).context("no such rollout")?;
    let mut lines = String::new();
    for (name, present) in pairs(&fs::read_to_string(&file)?) {
        let key = keys.iter().find(|key| key.name == name);
        match name.as_str() {
            name if rollout == CURRENT && IN_ONE_STEP.contains(&name) => {}
            name if rollout == CURRENT && name == SELECTOR.0 => {
                writeln!(lines, "{name}={}", SELECTOR.1)?;
            }
            name => writeln!(lines, "{name}={}", key.map_or(present, value))?,
        }
    }
    fs::write(&file, lines)?;
    suite.run("keys", &["keys", "generate", "--dir", &suite.path("secrets"), "--trial"])?;
    Ok(pairs(&fs::read_to_string(&file)?))
}

/// One rollout, in the middle of which a replica starts with the settings of before, as after a crash.
async fn roll(
    fronts: &mut [Front],
    suite: &Suite,
    version: usize,
    [old, new]: [&[Setting]; 2],
) -> anyhow::Result<()> {
    replicas::add(fronts, suite, version, new).await?;
    replicas::stop_older(fronts, version, 1)?;
    replicas::add(fronts, suite, version - 1, old).await?;
    replicas::add(fronts, suite, version, new).await?;
    replicas::stop_older(fronts, version, usize::MAX)
}

/// Waits for a run of the jobs that no replica of before can undo.
fn await_rewrap(suite: &Suite) -> anyhow::Result<()> {
    let count = |(service, line): (&str, &str)| {
        let log = suite.dir.join(format!("log/{service}-beside.log"));
        fs::read_to_string(log).unwrap_or_default().matches(line).count()
    };
    let before = REWRAPPED.map(count);
    for (run, before) in REWRAPPED.into_iter().zip(before) {
        suite::wait(run.1, || count(run) > before)?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_key_is_replaced_under_load_in_three_rollouts() -> anyhow::Result<()> {
    if places::setting("FOLKMOOT_TEST_ROTATION").is_err() {
        eprintln!("left out: the replacement of every key, which `cargo xtask rotation` tests");
        return Ok(());
    }
    let ports = [places::port()?, places::port()?];
    let [first, second] = ports.map(|port| format!("http://127.0.0.1:{port}"));
    let mut settings: Vec<Setting> = vec![
        ("FOLKMOOT_DRAIN_SECONDS".to_owned(), DRAIN_SECONDS.to_owned()),
        ("FOLKMOOT_WEBHOOKS_DEV_RECEIVERS".to_owned(), format!("{first},{second}")),
    ];
    let all: Vec<_> = services::names().collect();
    let mut fronts = fronts(&all, &mut settings).await?;
    let settings: Vec<_> = settings.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let mut suite = block_in_place(|| Suite::start_with("rotation", Mode::ProcessEach, &settings))?;
    replicas::adopt(&mut fronts, &mut suite);
    replicas::add(&mut fronts, &suite, 0, &[]).await?;
    let (driver, keys) = (Driver::of(&suite)?, keys(&suite));
    let mut receivers = vec![Receiver::example(&suite, &driver, ports[0]).await?];

    let traffic = Traffic::start(&driver, "rotation")?;
    let mut old = Vec::new();
    for number in 0..ROLLOUTS.len() {
        let new = write(&suite, &keys, number)?;
        roll(&mut fronts, &suite, number + 1, [&old, &new]).await?;
        if number == CURRENT {
            // Its secret is made while the new key is current and the old one is known.
            receivers.push(Receiver::example(&suite, &driver, ports[1]).await?);
            block_in_place(|| await_rewrap(&suite))?;
        }
        old = new;
    }
    let outcome = traffic.end().await?;
    outcome.check(&suite, &driver).await?;
    replaced_in_one_step(&suite, &driver, &old)?;

    let confirmed = outcome.confirmed.len();
    block_in_place(|| suite::wait("the events", || receivers[0].count(CONFIRMED) >= confirmed))?;
    assert_eq!(receivers[0].count(CONFIRMED), confirmed);
    assert!(receivers[1].count(CONFIRMED) > 0, "it was registered between the rollouts");
    let failed = "SELECT count(*) FROM webhooks.attempts WHERE error IS NOT NULL OR status <> 204";
    assert_eq!(suite.stack.postgres.sql(failed)?.trim(), "0");
    let logs = suite.logs()?;
    let failures: Vec<_> = logs.lines().filter(|line| line.contains("job failed")).collect();
    assert!(failures.is_empty(), "{failures:#?}");
    Ok(())
}

/// New settings, a new signature under emails, and a new key for receipts.
fn replaced_in_one_step(
    suite: &Suite,
    driver: &Driver,
    settings: &[Setting],
) -> anyhow::Result<()> {
    for name in IN_ONE_STEP {
        let (_, new) = settings.iter().find(|(it, _)| it == name).context(name)?;
        assert_ne!(new, suite.setting(name), "{name}");
    }
    let emails = driver.emails()?;
    let signed = |selector: &str| {
        let signature = format!("s={selector};");
        let headers = emails.iter().filter_map(|email| email.header("DKIM-Signature"));
        headers.filter(|header| header.contains(&signature)).count()
    };
    assert!(signed(suite.setting(SELECTOR.0)) > 0, "emails of before");
    assert!(signed(SELECTOR.1) > 0, "emails of after");
    Ok(())
}
