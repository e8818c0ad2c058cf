//! What the commands can do with each service.

use std::{future::Future, pin::Pin};

use kit::{
    EmbeddedMigrations,
    clock::Clock,
    config::Env,
    service::{self, AdminPort, Background, Service},
};
use tokio_util::sync::CancellationToken;

type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Waits until a started service has stopped.
pub(crate) type Stopped = Boxed<()>;

/// What the commands need of a service.
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    /// Starts it, alone or in a process whose admin port is given.
    pub(crate) start:
        fn(Env, Option<AdminPort>, CancellationToken) -> Boxed<anyhow::Result<Stopped>>,
    pub(crate) check: fn(&mut Env),
    /// Whether it can run as a worker.
    pub(crate) has_work: fn() -> bool,
    pub(crate) migrations: fn() -> Option<EmbeddedMigrations>,
    pub(crate) topics: fn() -> Vec<&'static str>,
}

/// Every service; `all` starts them side by side.
pub(crate) const SERVICES: &[Entry] = &[
    entry::<keyring::Keyring>(),
    entry::<gateway::Gateway>(),
    entry::<identity::Identity>(),
    entry::<postcodes::Postcodes>(),
    entry::<geolocation::Geolocation>(),
    entry::<campaigns::Campaigns>(),
    entry::<messaging::Messaging>(),
    entry::<retention::Retention>(),
    entry::<webhooks::Webhooks>(),
];

/// A service by name.
pub(crate) fn named(name: &str) -> anyhow::Result<&'static Entry> {
    let known = || SERVICES.iter().map(|entry| entry.name).collect::<Vec<_>>().join(", ");
    let found = SERVICES.iter().find(|entry| entry.name == name);
    found.ok_or_else(|| {
        anyhow::anyhow!("there is no service or command {name}; services: {}", known())
    })
}

const fn entry<S: Service>() -> Entry {
    Entry {
        name: S::NAME,
        start: |env, admin, stop| {
            Box::pin(async move {
                let (clock, on) = (Clock::default(), Background::On);
                let running = match admin {
                    Some(admin) => {
                        service::start_with_others::<S>(env, clock, on, admin, stop).await?
                    }
                    None => service::start::<S>(env, clock, on, stop).await?,
                };
                Ok::<Stopped, anyhow::Error>(Box::pin(running.stopped()))
            })
        },
        check: service::check_config::<S>,
        has_work: service::has_work::<S>,
        migrations: S::migrations,
        topics: || S::consumers().topics(),
    }
}
