//! `folkmoot keys bootstrap` against a server that keeps Secrets as Kubernetes' API does, and a real PostgreSQL.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    net::TcpStream,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, ensure};
use base64::{Engine as _, engine::general_purpose::STANDARD as B64};
use contracts::services;
use integration_tests::{places, suite::wait};
use kit::client::plain;
use serde_json::Value;
use xtask::{
    paths,
    stack::{postgres::Postgres, process::Process},
};

use crate::tls::openssl;

const TOKEN: &str = "a-token";
const WITH_SCHEMA: [&str; 7] =
    ["gateway", "identity", "campaigns", "messaging", "keyring", "retention", "webhooks"];

type Settings = BTreeMap<String, String>;

struct Cluster {
    dir: PathBuf,
    port: u16,
    postgres: Postgres,
    _server: Process,
}

impl Cluster {
    fn start(story: &str) -> anyhow::Result<Self> {
        let (dir, port) = (places::folder(story)?, places::port()?);
        let new = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2";
        openssl(&dir, &format!("{new} -subj /CN=authority -keyout ca.key -out ca.crt"))?;
        openssl(
            &dir,
            &format!(
                "{new} -subj /CN=api -addext subjectAltName=IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE \
                 -CA ca.crt -CAkey ca.key -keyout api.key -out api.crt"
            ),
        )?;
        fs::write(dir.join("token"), TOKEN)?;
        let mut command = Command::new(places::setting("FOLKMOOT_TEST_PYTHON")?);
        command.arg(paths::root().join("integration-tests/tests/it/api_server.py"));
        command.arg(port.to_string()).args(["api.crt", "api.key", TOKEN, "secrets.json"]);
        command.current_dir(&dir);
        let server = Process::spawn("api-server", &mut command, &dir.join("api-server.log"))?;
        wait("the API server", || TcpStream::connect(("127.0.0.1", port)).is_ok())?;
        let postgres = Postgres::start(&dir, places::port()?)?;
        Ok(Self { dir, port, postgres, _server: server })
    }

    fn spawn(&self, words: &[&str]) -> anyhow::Result<Child> {
        let api = format!("https://127.0.0.1:{}", self.port);
        let mut command = Command::new(places::setting("FOLKMOOT_TEST_BIN")?);
        command.args(["keys", "bootstrap", "--name", "acme", "--namespace", "folkmoot"]);
        command.args(["--api", &api, "--ca-file", "ca.crt", "--token-file", "token"]).args(words);
        command.current_dir(&self.dir).env("DATABASE_URL", self.postgres.url());
        Ok(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?)
    }

    /// Options of a whole installation.
    fn options(&self) -> Vec<String> {
        let mut options = vec!["--domain=mail.mill-lane.uk".to_owned()];
        for service in WITH_SCHEMA {
            let database = if service == "keyring" { "acme-keys" } else { "acme" };
            let url = self.postgres.url_of(&format!("acme_{service}"), "", database);
            options.push(format!("--database={service}={}", url.replacen(":@", "@", 1)));
        }
        options.push("--redis=redis://cache".to_owned());
        options
    }

    fn start_whole(&self) -> anyhow::Result<Child> {
        let options = self.options();
        self.spawn(&options.iter().map(String::as_str).collect::<Vec<_>>())
    }

    fn bootstrap(&self) -> anyhow::Result<String> {
        output(self.start_whole()?)
    }

    fn secrets(&self) -> anyhow::Result<BTreeMap<String, Settings>> {
        let all: BTreeMap<String, Value> =
            serde_json::from_str(&fs::read_to_string(self.dir.join("secrets.json"))?)?;
        let decoded = |value: &Value| -> anyhow::Result<String> {
            Ok(String::from_utf8(B64.decode(value.as_str().context("no text")?)?)?)
        };
        all.into_iter()
            .map(|(name, secret)| {
                let data = secret["data"].as_object().context("no data")?.iter();
                let data: anyhow::Result<Settings> =
                    data.map(|(name, value)| Ok((name.clone(), decoded(value)?))).collect();
                Ok((name, data?))
            })
            .collect()
    }

    async fn delete(&self, name: &str) -> anyhow::Result<()> {
        let trusted = fs::read(self.dir.join("ca.crt"))?;
        let http = plain::build_trusting(Duration::from_secs(5), &trusted)?;
        let base = format!("https://127.0.0.1:{}/api/v1/namespaces/folkmoot/secrets", self.port);
        http.delete(format!("{base}/{name}"))
            .bearer_auth(TOKEN)
            .send()
            .await?
            .error_for_status()?;
        Ok(())
    }

    async fn delete_all(&self) -> anyhow::Result<()> {
        for name in self.secrets()?.keys() {
            self.delete(name).await?;
        }
        Ok(())
    }
}

fn output(run: Child) -> anyhow::Result<String> {
    let output = run.wait_with_output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}

/// The chart's table says which settings a service's Secret has.
fn expected(service: &str) -> anyhow::Result<BTreeSet<String>> {
    let table = fs::read_to_string(paths::root().join("helm/folkmoot/files/services.yaml"))?;
    let own = table.split(&format!("\n{service}:\n")).nth(1).context("not in the table")?;
    let own: Vec<&str> = own.lines().take_while(|line| line.starts_with(' ')).collect();
    let upper = service.to_uppercase();
    let mut names = BTreeSet::from([
        format!("FOLKMOOT_{upper}_WORKLOAD_KEY"),
        "FOLKMOOT_WORKLOAD_JWKS".to_owned(),
    ]);
    let listed = own.iter().find_map(|line| line.trim().strip_prefix("secrets: ["));
    let listed = listed.unwrap_or_default().trim_end_matches(']').split(", ");
    names.extend(listed.filter(|name| !name.is_empty()).map(str::to_owned));
    let has = |fact: &str| own.iter().any(|line| line.trim().starts_with(fact));
    if has("database:") {
        names.insert(format!("FOLKMOOT_{upper}_DATABASE_URL"));
    }
    if has("redis: true") {
        names.insert("REDIS_URL".to_owned());
    }
    Ok(names)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_service_gets_a_secret_of_its_own_and_nothing_is_ever_replaced() -> anyhow::Result<()>
{
    let cluster = tokio::task::block_in_place(|| Cluster::start("bootstrap"))?;
    let said = cluster.bootstrap()?;
    assert!(said.contains("fm1._domainkey.mail.mill-lane.uk TXT v=DKIM1"), "{said}");
    let made = cluster.secrets()?;
    assert_eq!(made.len(), services::names().count());
    for service in services::names() {
        let settings = &made[&format!("acme-{service}")];
        assert_eq!(settings.keys().cloned().collect::<BTreeSet<_>>(), expected(service)?);
        let set = &settings["FOLKMOOT_WORKLOAD_JWKS"];
        assert_eq!(set.matches("\"workload:").count(), made.len(), "{service}: {set}");
    }
    let said = cluster.bootstrap()?;
    assert!(said.contains("9 Secret(s) are there: nothing to do"), "{said}");
    assert_eq!(cluster.secrets()?, made);

    // The services' roles log in with the passwords that were made.
    let urls = made.values().flatten().filter(|(name, _)| name.ends_with("_DATABASE_URL"));
    let mut migrate = Command::new(places::setting("FOLKMOOT_TEST_BIN")?);
    migrate.arg("migrate").env("DATABASE_URL", cluster.postgres.url()).envs(urls);
    output(migrate.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?)?;

    // An empty schema is no reason to refuse, a wrapped key is.
    cluster.delete_all().await?;
    cluster.bootstrap()?;
    assert_ne!(cluster.secrets()?, made);
    cluster.delete("acme-campaigns").await?;
    let error = cluster.bootstrap().unwrap_err().to_string();
    assert!(error.contains("there are Secrets without acme-campaigns"), "{error}");
    cluster.delete_all().await?;
    let wrapped = "INSERT INTO keyring.index_keys VALUES (gen_random_uuid(), 1, '\\x00')";
    cluster.postgres.sql_in("acme-keys", wrapped)?;
    let error = cluster.bootstrap().unwrap_err().to_string();
    assert!(error.contains("the key-encryption key is gone"), "{error}");
    assert!(cluster.secrets()?.is_empty());
    Ok(())
}

#[test]
fn of_runs_that_meet_one_makes_all_secrets() -> anyhow::Result<()> {
    let cluster = Cluster::start("bootstrap-many")?;
    let runs = [cluster.start_whole()?, cluster.start_whole()?, cluster.start_whole()?];
    for run in runs {
        output(run)?;
    }
    let sets: BTreeSet<String> = cluster
        .secrets()?
        .into_values()
        .map(|mut settings| settings.remove("FOLKMOOT_WORKLOAD_JWKS").unwrap_or_default())
        .collect();
    assert_eq!(sets.len(), 1, "{sets:?}");
    Ok(())
}

#[test]
fn a_secret_that_lacks_a_setting_is_reported_and_left_as_it_is() -> anyhow::Result<()> {
    let cluster = Cluster::start("bootstrap-lacks")?;
    let options = cluster.options();
    let without_redis: Vec<&str> =
        options.iter().map(String::as_str).filter(|it| !it.starts_with("--redis")).collect();
    output(cluster.spawn(&without_redis)?)?;
    let made = cluster.secrets()?;
    let error = cluster.bootstrap().unwrap_err().to_string();
    assert!(error.contains("the Secret acme-gateway lacks REDIS_URL"), "{error}");
    assert_eq!(cluster.secrets()?, made);
    Ok(())
}

#[test]
fn a_trial_has_one_secret_that_starts_everything() -> anyhow::Result<()> {
    let cluster = Cluster::start("bootstrap-trial")?;
    let options = cluster.options();
    let mut words = vec!["--trial"];
    words.extend(options.iter().map(String::as_str).filter(|it| !it.starts_with("--domain")));
    output(cluster.spawn(&words)?)?;
    let made = cluster.secrets()?;
    assert_eq!(made.keys().collect::<Vec<_>>(), ["acme-trial"]);
    let mut check = Command::new(places::setting("FOLKMOOT_TEST_BIN")?);
    check.arg("check-config").envs(&made["acme-trial"]).env("KAFKA_BROKERS", "kafka:9092");
    output(check.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?)?;
    Ok(())
}
