//! Schemas, topics, dead letters.

use kit::{
    config::Env,
    db::{migrate, tls},
    events::{kafka::Kafka, topics},
};

use crate::services::SERVICES;

/// Roles, databases, schemas. `DATABASE_URL` is the admin's and used for nothing else.
pub(crate) async fn migrate() -> anyhow::Result<()> {
    let mut env = Env::from_process();
    let admin = tls::database_url(&mut env, "DATABASE_URL");
    let wanted: Vec<_> = SERVICES
        .iter()
        .filter_map(|entry| Some((entry.name, (entry.migrations)()?)))
        .map(|(name, set)| {
            let url = format!("FOLKMOOT_{}_DATABASE_URL", name.to_uppercase());
            (name, set, tls::database_url(&mut env, &url))
        })
        .collect();
    env.finish()?;
    for (name, set, url) in wanted {
        migrate::prepare(name, &admin, &url).await?;
        let ran = migrate::migrate(&url, set).await?;
        super::print(&format!("{name}: {} migration(s) run", ran.len()));
    }
    Ok(())
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
