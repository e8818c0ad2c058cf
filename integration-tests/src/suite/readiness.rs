//! What the services of a suite say of their readiness, on whichever admin port they have.

use anyhow::Context as _;
use serde_json::Value;

use super::{Mode, Suite, fetch, ready};

impl Suite {
    /// The admin address of a service's process.
    pub fn admin(&self, service: &str) -> &str {
        match self.mode {
            Mode::OneProcess => self.setting("FOLKMOOT_ADMIN_LISTEN"),
            Mode::ProcessEach => self.own_admin(service),
        }
    }

    fn own_admin(&self, service: &str) -> &str {
        self.setting(&format!("FOLKMOOT_{}_ADMIN_LISTEN", service.to_uppercase()))
    }

    /// Benchmarks also start builds from before there was one admin port for all services of a process.
    pub(super) fn is_ready(&self, service: &str) -> bool {
        let status = self.readiness(service).map(|(status, _)| status);
        status.map_or_else(|_unreachable| ready(self.own_admin(service)), |status| status == 200)
    }

    /// What a service says of its readiness: status and body.
    pub fn readiness(&self, service: &str) -> anyhow::Result<(u16, Value)> {
        let response = fetch(self.admin(service), &format!("/readyz/{service}"))?;
        let (head, body) = response.split_once("\r\n\r\n").context("no body")?;
        Ok((head.get(9..12).context("no status")?.parse()?, serde_json::from_str(body)?))
    }
}
