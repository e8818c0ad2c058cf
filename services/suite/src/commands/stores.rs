//! Schemas, topics, dead letters.

use std::time::Duration;

use anyhow::Context as _;
use kit::{
    config::Env,
    db::{Db, DbConfig, migrate, tls},
    events::{kafka::Kafka, topics},
    secret::Secret,
    telemetry::{self, TelemetryConfig},
};

use crate::services::{Entry, SERVICES, named};

/// Wait between two looks at a schema.
const POLL: Duration = Duration::from_secs(1);

/// A service with a schema, and how it reaches it.
struct Schema {
    entry: &'static Entry,
    config: DbConfig,
}

/// Brings the schemas of these services, or of all, up to date. `DATABASE_URL` is an administrator's, who creates roles,
/// databases and schemas first, and used for nothing else; without it they are somebody else's work.
pub(crate) async fn migrate(services: &[String]) -> anyhow::Result<()> {
    let mut env = Env::from_process();
    let admin = tls::optional_database_url(&mut env, "DATABASE_URL");
    let schemas = schemas(&mut env, services)?;
    // Migrations that wait for a lock log it.
    let logs = TelemetryConfig::from_env(&mut env);
    env.finish()?;
    telemetry::init(&logs)?;
    let mut outcome = Ok(());
    for schema in schemas {
        let name = schema.entry.name;
        outcome = bring_up_to_date(schema, admin.as_ref()).await;
        outcome = outcome.with_context(|| format!("schema of {name}"));
        if outcome.is_err() {
            break;
        }
    }
    telemetry::flush();
    outcome
}

async fn bring_up_to_date(schema: Schema, admin: Option<&Secret>) -> anyhow::Result<()> {
    let Schema { entry, config } = schema;
    let migrations = (entry.migrations)().context("no schema")?;
    if let Some(admin) = admin {
        migrate::prepare(entry.name, admin, &config).await?;
    }
    let ran = migrate::migrate(entry.name, &config, migrations).await?;
    super::print(&format!("{}: {} migration(s) run", entry.name, ran.len()));
    Ok(())
}

/// Waits until the schemas of these services, or of all, have every migration of this build.
pub(crate) async fn await_schemas(services: &[String]) -> anyhow::Result<()> {
    let mut env = Env::from_process();
    let schemas = schemas(&mut env, services)?;
    env.finish()?;
    for Schema { entry, config } in schemas {
        let db = Db::new(entry.name, &config)?;
        let mut reason = String::new();
        while let Some(migrations) = (entry.migrations)()
            && let Err(error) = migrate::check(&db, migrations).await
        {
            let error = format!("{error:#}");
            if error != reason {
                super::print(&format!("{}: waiting: {error}", entry.name));
                reason = error;
            }
            tokio::time::sleep(POLL).await;
        }
        super::print(&format!("{}: up to date", entry.name));
    }
    Ok(())
}

fn schemas(env: &mut Env, services: &[String]) -> anyhow::Result<Vec<Schema>> {
    let named: Vec<&'static Entry> = match services {
        [] => SERVICES.iter().collect(),
        names => names.iter().map(|name| named(name)).collect::<anyhow::Result<_>>()?,
    };
    let with_schema = named.into_iter().filter(|entry| (entry.migrations)().is_some());
    Ok(with_schema
        .map(|entry| Schema { entry, config: DbConfig::from_env(env, entry.name) })
        .collect())
}

/// Topics and dead-letter topics.
pub(crate) async fn topics(replicas: i32) -> anyhow::Result<()> {
    let mut env = Env::from_process();
    let kafka = Kafka::from_env(&mut env);
    env.finish()?;
    let consumers: Vec<(&str, &str)> = SERVICES
        .iter()
        .flat_map(|entry| (entry.topics)().into_iter().map(|topic| (topic, entry.name)))
        .collect();
    let report = topics::ensure(&kafka, &consumers, replicas).await?;
    let (created, changed) = (report.created.len(), report.changed.len());
    super::print(&format!("{created} topic(s) created, settings of {changed} changed"));
    Ok(())
}

/// Puts dead letters back.
pub(crate) async fn replay(topic: &str, service: &str) -> anyhow::Result<()> {
    let mut env = Env::from_process();
    let kafka = Kafka::from_env(&mut env);
    env.finish()?;
    let count = kit::events::dead_letters::replay(&kafka, topic, service).await?;
    super::print(&format!("{count} event(s) put back on {topic}"));
    Ok(())
}
