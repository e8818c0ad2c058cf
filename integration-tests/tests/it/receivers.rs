//! Receivers as partners would write them: examples/webhook-receiver.py, the two servers for Node in docs/webhooks.md, and
//! the consumer of Kafka there. Each is a process that prints the events it has received.

use std::{
    fs,
    net::TcpStream,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::Context as _;
use integration_tests::{
    driver::Driver,
    places::{port, setting},
    suite::{self, Suite},
};
use reqwest::Client;
use serde_json::json;
use xtask::{paths, stack::process::Process};

const EVENT_TYPES: [&str; 2] = ["campaign.action.confirmed", "person.erased"];
/// Serves a handler that gets a `Request`, as a framework does.
const SERVE: &str = r#"
import { createServer } from "node:http";
import { Readable } from "node:stream";
import { POST } from "./route.mjs";

createServer(async (incoming, outgoing) => {
  const { method, headers } = incoming;
  const body = Readable.toWeb(incoming);
  const request = new Request("http://127.0.0.1/hook", { method, headers, body, duplex: "half" });
  outgoing.writeHead((await POST(request)).status).end();
}).listen(process.env.PORT, "127.0.0.1");
"#;
/// Signs a body with the public library: prints `webhook-timestamp` and `webhook-signature`.
const SIGN: &str = r"
import datetime, sys
from standardwebhooks.webhooks import Webhook
secret, event_id, body = sys.argv[1:]
now = datetime.datetime.now(datetime.timezone.utc)
print(int(now.timestamp()), Webhook(secret).sign(event_id, now, body))
";

/// Ports of the three receivers.
pub(crate) fn ports() -> anyhow::Result<[u16; 3]> {
    Ok([port()?, port()?, port()?])
}

/// Their origins, as the development setting names them.
pub(crate) fn origins([python, node, route]: [u16; 3]) -> String {
    format!("http://127.0.0.1:{python},http://localhost:{node},http://127.0.0.1:{route}")
}

/// A running receiver.
pub(crate) struct Receiver {
    name: &'static str,
    url: String,
    secret: String,
    output: PathBuf,
    drops_repeats: bool,
    _process: Process,
}

impl Receiver {
    /// The example in Python.
    pub(crate) async fn example(suite: &Suite, driver: &Driver, port: u16) -> anyhow::Result<Self> {
        let mut example = Command::new(setting("FOLKMOOT_TEST_PYTHON")?);
        example.arg(paths::root().join("examples/webhook-receiver.py"));
        example.arg("--port").arg(port.to_string());
        let url = format!("http://127.0.0.1:{port}/");
        Self::start(suite, driver, "webhook-receiver.py", url, example, port).await
    }

    async fn start(
        suite: &Suite,
        driver: &Driver,
        name: &'static str,
        url: String,
        mut command: Command,
        port: u16,
    ) -> anyhow::Result<Self> {
        let secret = register(driver, &url).await?;
        command.env("WEBHOOK_SECRET", &secret).env("PORT", port.to_string());
        fs::create_dir_all(folder(suite))?;
        let output = folder(suite).join(format!("{name}-{port}.out"));
        let process = Process::spawn_into(name, &mut command, &output, &log(suite, name))?;
        suite::wait(name, || TcpStream::connect(("127.0.0.1", port)).is_ok())?;
        let drops_repeats = name != "route.mjs";
        Ok(Self { name, url, secret, output, drops_repeats, _process: process })
    }

    /// How many events of a type it has printed.
    pub(crate) fn count(&self, event_type: &str) -> usize {
        lines(&self.output).iter().filter(|line| line.contains(event_type)).count()
    }
}

/// The running receivers.
pub(crate) struct Receivers(Vec<Receiver>);

impl Receivers {
    /// Registers each with its suite and starts it with the secret it was given.
    pub(crate) async fn start(
        suite: &Suite,
        driver: &Driver,
        [python, node, route]: [u16; 3],
    ) -> anyhow::Result<Self> {
        let folder = folder(suite);
        fs::create_dir_all(&folder)?;
        symlink(setting("FOLKMOOT_TEST_NODE")?, folder.join("node_modules"))?;
        for name in ["receiver.mjs", "route.mjs"] {
            fs::write(folder.join(name), code(name)?)?;
        }
        fs::write(folder.join("serve.mjs"), SERVE)?;
        let mut server = Command::new("node");
        server.arg(folder.join("receiver.mjs"));
        let mut handler = Command::new("node");
        handler.arg(folder.join("serve.mjs"));
        let commands = [
            ("receiver.mjs", "localhost", server, node),
            ("route.mjs", "127.0.0.1", handler, route),
        ];
        let mut all = vec![Receiver::example(suite, driver, python).await?];
        for (name, host, command, port) in commands {
            let url = format!("http://{host}:{port}/hook");
            all.push(Receiver::start(suite, driver, name, url, command, port).await?);
        }
        Ok(Self(all))
    }

    /// Waits until every receiver has printed an event with both texts.
    pub(crate) fn received(&self, event_type: &str, text: &str) -> anyhow::Result<()> {
        for Receiver { name, output, .. } in &self.0 {
            let found = |line: &str| line.contains(event_type) && line.contains(text);
            suite::wait(&format!("{event_type} at {name}"), || {
                lines(output).iter().any(|l| found(l))
            })?;
        }
        Ok(())
    }

    /// With header names in another case, as proxies make them.
    #[expect(clippy::disallowed_methods, reason = "kit's client writes header names in lower case")]
    pub(crate) async fn refuse_what_is_forged_and_drop_what_is_repeated(
        &self,
    ) -> anyhow::Result<()> {
        let http = Client::builder()
            .no_proxy()
            .http1_title_case_headers()
            .timeout(Duration::from_secs(15))
            .build()?;
        for receiver in &self.0 {
            let (id, body) = ("event-1", r#"{"type": "campaign.closed",  "data": {}}"#);
            let (timestamp, signature) = sign(&receiver.secret, id, body)?;
            let before = lines(&receiver.output).len();
            let forged = body.replace("closed", "opened");
            for (body, status) in [(forged.as_str(), 400), (body, 204), (body, 204)] {
                let request = http
                    .post(&receiver.url)
                    .header("webhook-id", id)
                    .header("webhook-timestamp", &timestamp)
                    .header("webhook-signature", &signature)
                    .header("content-type", "application/json")
                    .body(body.to_owned());
                let answer = request.send().await?;
                assert_eq!(answer.status().as_u16(), status, "{} {body}", receiver.name);
            }
            let events = if receiver.drops_repeats { 1 } else { 2 };
            let all = lines(&receiver.output);
            assert_eq!(all.len() - before, events, "{}: {all:?}", receiver.name);
        }
        Ok(())
    }
}

/// Runs the consumer of Kafka until it has printed the action's confirmation.
pub(crate) fn consume_kafka(suite: &Suite, action_id: &str) -> anyhow::Result<()> {
    let (name, folder) = ("consumer.mjs", folder(suite));
    fs::write(folder.join(name), code(name)?)?;
    let mut node = Command::new("node");
    node.arg(folder.join(name)).env("KAFKA_BROKERS", suite.stack.kafka.url());
    let output = folder.join("consumer.out");
    let _process = Process::spawn_into(name, &mut node, &output, &log(suite, name))?;
    let event = "org.folkmoot.campaigns.action.confirmed.v1";
    suite::wait("the event from Kafka", || {
        lines(&output).iter().any(|line| line.contains(event) && line.contains(action_id))
    })
}

/// The service itself refuses to start with such receivers when its keys are not marked as made for development.
pub(crate) fn production_refuses_to_start(suite: &Suite) -> anyhow::Result<()> {
    let mut process = suite.start_beside("webhooks", &[("FOLKMOOT_DEV_KEYS", "0".to_owned())])?;
    assert!(!tokio::task::block_in_place(|| process.wait())?.success());
    let log = suite.logs()?;
    assert!(log.contains("FOLKMOOT_WEBHOOKS_DEV_RECEIVERS is for development only"), "{log}");
    Ok(())
}

/// The block of docs/webhooks.md that begins with this name.
fn code(name: &str) -> anyhow::Result<String> {
    let guide = fs::read_to_string(paths::root().join("docs/webhooks.md"))?;
    let head = format!("js\n// {name}\n");
    let found = guide.split("```").find(|block| block.starts_with(&head));
    let block = found.with_context(|| format!("no code of {name} in docs/webhooks.md"))?;
    Ok(block.replacen("js\n", "", 1))
}

async fn register(driver: &Driver, url: &str) -> anyhow::Result<String> {
    let body = json!({ "url": url, "event_types": EVENT_TYPES });
    let answer = driver.post("/v1/webhook-endpoints", &body).await?;
    let secret = answer.json()["secret"].as_str().map(str::to_owned);
    secret.with_context(|| answer.text)
}

fn sign(secret: &str, id: &str, body: &str) -> anyhow::Result<(String, String)> {
    let python = setting("FOLKMOOT_TEST_PYTHON")?;
    let output = Command::new(python).args(["-c", SIGN, secret, id, body]).output()?;
    anyhow::ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout)?;
    let (timestamp, signature) = text.trim().split_once(' ').context("no signature")?;
    Ok((timestamp.to_owned(), signature.to_owned()))
}

fn folder(suite: &Suite) -> PathBuf {
    suite.dir.join("receivers")
}

fn log(suite: &Suite, name: &str) -> PathBuf {
    suite.dir.join(format!("log/{name}.log"))
}

fn lines(output: &Path) -> Vec<String> {
    fs::read_to_string(output).unwrap_or_default().lines().map(str::to_owned).collect()
}
