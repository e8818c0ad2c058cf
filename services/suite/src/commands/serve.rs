//! Running services until a signal.

use kit::{
    config::Env,
    telemetry::{self, TelemetryConfig},
};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::services::{Entry, SERVICES, named};

/// All services in this process. They still talk HTTP and Kafka and keep their own roles.
pub(crate) async fn all() -> anyhow::Result<()> {
    run(&SERVICES.iter().collect::<Vec<_>>()).await
}

/// One service.
pub(crate) async fn one(words: &[String]) -> anyhow::Result<()> {
    let [name] = words else { anyhow::bail!("name one service, or `all`") };
    run(&[named(name)?]).await
}

/// Tells all faults of the configuration at once.
pub(crate) fn check_config(names: &[String]) -> anyhow::Result<()> {
    let mut env = Env::from_process();
    let _ = TelemetryConfig::from_env(&mut env);
    for entry in
        SERVICES.iter().filter(|e| names.is_empty() || names.iter().any(|name| name == e.name))
    {
        (entry.check)(&mut env);
    }
    env.finish()?;
    super::tell("the configuration has no faults");
    Ok(())
}

async fn run(entries: &[&Entry]) -> anyhow::Result<()> {
    let mut env = Env::from_process();
    telemetry::init(&TelemetryConfig::from_env(&mut env))?;
    for entry in entries {
        (entry.check)(&mut env);
    }
    env.finish()?;
    let stop = CancellationToken::new();
    let mut running = Vec::new();
    let starting = async {
        for entry in entries {
            running.push((entry.start)(Env::from_process(), stop.clone()).await?);
        }
        anyhow::Ok(())
    };
    let outcome = tokio::select! {
        outcome = starting => outcome,
        () = asked_to_stop() => Err(anyhow::anyhow!("stopped while starting")),
    };
    if outcome.is_ok() {
        tracing::info!(services = entries.len(), "all started");
        asked_to_stop().await;
        tracing::info!("stopping");
    }
    stop.cancel();
    for service in running {
        service.await;
    }
    telemetry::flush();
    outcome
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
