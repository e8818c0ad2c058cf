//! An erased person leaves no trace: not in a database file, a log segment, a dump, a log line or a span.

use std::{fs, io::Write as _, net::TcpStream, path::PathBuf, process::Command};

use anyhow::Context as _;
use integration_tests::{
    driver::Driver,
    suite::{Mode, Suite},
};
use serde_json::{Value, json};

use crate::{canary::Canaries, collector::Collector};

const NAME: &str = "Zebulon Quackenbush";
const EMAIL: &str = "zebulon.quackenbush@example.org";
const ADDRESS: &str = "77 Peculiar Crescent";
const WORDS: &str = "The bittern booms at dusk beside my gate";
const CONTROL: &str = "Planted Unsealed Control Text";

/// Independent code: it gets only the receipt and the published keys.
const VERIFY: &str = r#"
import base64, json, sys
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
raw = lambda s: base64.urlsafe_b64decode(s + "=" * (-len(s) % 4))
jws, keys = sys.argv[1].strip(), json.loads(sys.argv[2])
head, body, signature = jws.split(".")
key = next(k for k in keys["keys"] if k["kid"] == json.loads(raw(head))["kid"])
Ed25519PublicKey.from_public_bytes(raw(key["x"])).verify(raw(signature), f"{head}.{body}".encode())
print(json.loads(raw(body))["erasure_id"])
"#;

/// Promises 000-34, 004-35: erasure reaches every store, and a foreign reader can check the receipt.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erased_person_is_found_in_no_file_and_the_receipt_is_verified_by_foreign_code()
-> anyhow::Result<()> {
    // Segments are read as they lie, so they are written uncompressed here.
    let collector = Collector::start()?;
    let settings = [
        ("FOLKMOOT_OTLP_ENDPOINT", collector.url.as_str()),
        ("FOLKMOOT_KAFKA_COMPRESSION", "none"),
        ("FOLKMOOT_LOG", "debug,librdkafka=off,rdkafka=off"),
    ];
    let mut suite =
        tokio::task::block_in_place(|| Suite::start_with("erase", Mode::OneProcess, &settings))?;
    let driver = Driver::of(&suite)?;
    act_and_confirm(&driver).await?;
    plant_controls(&suite)?;
    let erasure = erase(&driver).await?;
    assert_eq!(erasure["state"], "complete", "{erasure}");
    let exported = driver.get(&format!("/v1/campaigns/{}/export.csv", driver.campaign)).await?;
    assert!(!exported.text.contains(NAME) && !exported.text.contains(EMAIL), "{}", exported.text);
    assert_eq!(driver.counter().await?, 1, "the count stays");
    verify_receipt(&driver, &erasure).await?;
    tokio::task::block_in_place(|| save_spans(&mut suite, &collector))?;
    suite.stack.postgres.sql("CHECKPOINT")?;
    search(&suite)
}

/// The services send their last spans when they stop.
fn save_spans(suite: &mut Suite, collector: &Collector) -> anyhow::Result<()> {
    suite.stop_services()?;
    collector.save(&suite.dir.join("spans"))?;
    assert!(collector.spans().iter().any(|span| span.name == "smtp send"));
    Ok(fs::write(suite.dir.join("spans/control.otlp"), CONTROL)?)
}

async fn act_and_confirm(driver: &Driver) -> anyhow::Result<()> {
    let mut action = Driver::action(EMAIL, NAME);
    action["address"] = json!(ADDRESS);
    action["own_words"] = json!(WORDS);
    assert_eq!(driver.act(&action).await?.status, 202);
    let link = driver.confirmation(EMAIL).await?.link().context("no link")?;
    assert_eq!(driver.open(&link).await?.status, 200);
    assert_eq!(driver.confirm(&link).await?.status, 200);
    let message = driver.message_from(EMAIL).await?;
    assert!(
        message.text.contains(ADDRESS) && message.text.contains(WORDS),
        "the whole chain carried them"
    );
    let exported = driver.get(&format!("/v1/campaigns/{}/export.csv", driver.campaign)).await?;
    assert!(
        exported.text.contains(NAME),
        "before the erasure the owner's download holds them: {}",
        exported.text
    );
    driver
        .eventually("the counter", async || Ok((driver.counter().await? == 1).then_some(())))
        .await
}

async fn erase(driver: &Driver) -> anyhow::Result<Value> {
    let answer = driver.post("/v1/erasures", &json!({"email": EMAIL})).await?;
    assert_eq!(answer.status, 202, "{}", answer.text);
    let id = answer.json()["id"].as_str().context("no id")?.to_owned();
    let path = format!("/v1/erasures/{id}");
    let ended = driver
        .eventually("the erasure's end", async || {
            let erasure = driver.get(&path).await?.json();
            Ok(matches!(erasure["state"].as_str(), Some("complete" | "partial")).then_some(erasure))
        })
        .await;
    match ended {
        Ok(erasure) => Ok(erasure),
        Err(error) => Err(error.context(driver.get(&path).await?.text)),
    }
}

/// The same text, unsealed, in each store: what does not find it would find nothing.
fn plant_controls(suite: &Suite) -> anyhow::Result<()> {
    suite
        .stack
        .postgres
        .sql(&format!("CREATE TABLE control AS SELECT '{CONTROL}'::text AS control"))?;
    suite.stack.postgres.sql(&format!(
        "INSERT INTO campaigns.outbox (id, tenant_id, topic, key, type, payload)
         VALUES (gen_random_uuid(), gen_random_uuid(), 'campaigns.campaigns.v1', gen_random_uuid(), 'control.planted.v1', '\"{CONTROL}\"')"
    ))?;
    let mut redis = TcpStream::connect(("127.0.0.1", suite.stack.redis.port()))?;
    write!(redis, "*3\r\n$3\r\nSET\r\n$7\r\ncontrol\r\n${}\r\n{CONTROL}\r\n", CONTROL.len())?;
    fs::write(suite.dir.join("log/control.log"), CONTROL)?;
    Ok(())
}

fn search(suite: &Suite) -> anyhow::Result<()> {
    let stores: [(&str, PathBuf); 5] = [
        ("PostgreSQL", suite.stack.postgres.data_dir().clone()),
        ("Kafka", suite.stack.kafka.data_dir().clone()),
        ("Redis", suite.dir.join("redis")),
        ("logs", suite.dir.join("log")),
        ("spans", suite.dir.join("spans")),
    ];
    let control = Canaries::new(&[CONTROL]);
    for (store, dir) in &stores {
        integration_tests::suite::wait(&format!("the control in {store}"), || {
            !control.files(dir).is_empty()
        })?;
    }
    let canaries = Canaries::new(&[NAME, EMAIL, ADDRESS, WORDS]);
    for (store, dir) in &stores {
        let found = canaries.files(dir);
        assert!(found.is_empty(), "{store} holds {found:?}");
    }
    Ok(())
}

/// Python's `cryptography` checks the signature with the published key.
async fn verify_receipt(driver: &Driver, erasure: &Value) -> anyhow::Result<()> {
    let id = erasure["id"].as_str().context("no id")?;
    let receipt = driver.get(&format!("/v1/erasures/{id}/receipt")).await?;
    let keys = driver.get("/v1/receipt-keys").await?;
    let jws =
        receipt.json()["receipt"].as_str().map_or_else(|| receipt.text.clone(), str::to_owned);
    let python = integration_tests::places::setting("FOLKMOOT_TEST_PYTHON")?;
    let output = Command::new(python).args(["-c", VERIFY, &jws, &keys.text]).output()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), id);
    Ok(())
}
