//! One more process of a service, which answers requests with settings of its own.

use std::time::Duration;

use super::watch::Watch;
use crate::stack::port;
use crate::stack::process::Process;
use crate::up::suite::Suite;
use crate::wait;

const START: Duration = Duration::from_secs(30);

/// Runs until it is dropped.
pub(super) struct Replica {
    pub(super) url: String,
    pub(super) admin_port: u16,
    _process: Process,
}

impl Replica {
    /// A gateway that lets supporters act as fast as they like.
    pub(super) fn entry(watch: &Watch<'_>) -> anyhow::Result<Self> {
        Self::start(watch, "gateway", &[("FOLKMOOT_GATEWAY_LIMIT_SCALE", "10000")])
    }

    pub(super) fn start(
        watch: &Watch<'_>,
        service: &str,
        settings: &[(&str, &str)],
    ) -> anyhow::Result<Self> {
        Self::start_build(watch, &watch.suite, service, settings)
    }

    /// The same of a build.
    pub(super) fn start_build(
        watch: &Watch<'_>,
        build: &Suite,
        service: &str,
        settings: &[(&str, &str)],
    ) -> anyhow::Result<Self> {
        let (port, admin_port) = (port::free()?, port::free()?);
        let prefix = format!("FOLKMOOT_{}", service.to_uppercase());
        let mut command = build.command(vec![service.to_owned()]);
        command
            .env("FOLKMOOT_ROLE", "api")
            .env(format!("{prefix}_LISTEN"), format!("127.0.0.1:{port}"))
            .env(format!("{prefix}_ADMIN_LISTEN"), format!("127.0.0.1:{admin_port}"))
            .envs(settings.iter().copied());
        let log = watch.run.log("alerts");
        let mut process = Process::spawn(service, &mut command, &log)?;
        wait::until("the start of a replica", START, || {
            build.refuse_dead("alerts", &mut process)?;
            Ok(port::taken(port) && port::taken(admin_port))
        })?;
        Ok(Self { url: format!("http://127.0.0.1:{port}"), admin_port, _process: process })
    }
}

/// An address at which nobody answers.
pub(super) fn nobody() -> anyhow::Result<String> {
    Ok(format!("http://127.0.0.1:{}", port::free()?))
}
