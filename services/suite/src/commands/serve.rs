//! Running services until a signal.

use kit::{
    config::Env,
    role::Role,
    service::{AdminConfig, AdminPort},
    telemetry::{self, TelemetryConfig},
};
use tokio::{
    signal::unix::{SignalKind, signal},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

use crate::services::{Entry, SERVICES, Stopped, named};

/// All services in this process; as a worker, those that have background work. They still talk HTTP and Kafka and keep
/// their own database roles, but have one admin port.
pub(crate) async fn all() -> anyhow::Result<()> {
    run(&of_role(Role::from_env(&mut Env::from_process())), true).await
}

fn of_role(role: Role) -> Vec<&'static Entry> {
    SERVICES.iter().filter(|entry| role != Role::Worker || (entry.has_work)()).collect()
}

/// One service.
pub(crate) async fn one(words: &[String]) -> anyhow::Result<()> {
    let [name] = words else { anyhow::bail!("name exactly one service, or `all`") };
    run(&[named(name)?], false).await
}

/// Reports all errors of the configuration at once.
pub(crate) fn check_config(names: &[String]) -> anyhow::Result<()> {
    let mut env = Env::from_process();
    let _ = TelemetryConfig::from_env(&mut env);
    let _ = AdminConfig::from_env(&mut env);
    let entries = if names.is_empty() {
        of_role(Role::from_env(&mut env))
    } else {
        SERVICES.iter().filter(|entry| names.iter().any(|name| name == entry.name)).collect()
    };
    for entry in entries {
        (entry.check)(&mut env);
    }
    env.finish()?;
    super::print("configuration OK");
    Ok(())
}

/// Runs these services until a signal; if `together`, with one admin port.
async fn run(entries: &[&Entry], together: bool) -> anyhow::Result<()> {
    let mut env = Env::from_process();
    telemetry::init(&TelemetryConfig::from_env(&mut env))?;
    telemetry::log_panics();
    for entry in entries {
        (entry.check)(&mut env);
    }
    let admin_config = together.then(|| AdminConfig::from_env(&mut env));
    env.finish()?;
    let (stop, mut running) = (CancellationToken::new(), Vec::<Stopped>::new());
    let mut admin = None;
    if let Some(config) = admin_config {
        let names: Vec<_> = entries.iter().map(|entry| entry.name).collect();
        let (port, closed) = AdminPort::open(&config, &names, stop.clone())?;
        running.push(Box::pin(async { drop(closed.await) }));
        admin = Some(port);
    }
    let outcome = tokio::select! {
        outcome = start(entries, admin, &stop, &mut running) => outcome,
        () = asked_to_stop() => Err(anyhow::anyhow!("stopped while starting")),
    };
    if outcome.is_ok() {
        tracing::info!(services = entries.len(), "all services started");
        asked_to_stop().await;
        tracing::info!("shutting down");
    }
    stop.cancel();
    for service in running {
        service.await;
    }
    telemetry::flush();
    outcome
}

/// Starts the services side by side, so that none waits for another and each answers its probes from the first moment.
async fn start(
    entries: &[&Entry],
    admin: Option<AdminPort>,
    stop: &CancellationToken,
    running: &mut Vec<Stopped>,
) -> anyhow::Result<()> {
    let mut starting = JoinSet::new();
    for entry in entries {
        starting.spawn((entry.start)(Env::from_process(), admin.clone(), stop.clone()));
    }
    while let Some(started) = starting.join_next().await {
        running.push(started??);
    }
    Ok(())
}

async fn asked_to_stop() {
    let (Ok(mut term), Ok(mut int)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = term.recv() => {}
        _ = int.recv() => {}
    }
}
