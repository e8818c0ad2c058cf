//! Settings that every service has.

use std::{net::SocketAddr, time::Duration};

use contracts::services;

use super::Service;
use crate::{
    auth::workload, config::Env, db::DbConfig, events::kafka::Kafka, http::drain, role::Role,
    secret::Secret,
};

pub(super) struct Common {
    pub(super) role: Role,
    pub(super) drain: Duration,
    pub(super) listen: SocketAddr,
    pub(super) admin_listen: SocketAddr,
    pub(super) workers: usize,
    pub(super) workload_key: Secret,
    pub(super) workload_jwks: Secret,
    pub(super) urls: Vec<(&'static str, String)>,
    /// The database, and Kafka if the process publishes and consumes events.
    pub(super) storage: Option<(DbConfig, Option<Kafka>)>,
}

impl Common {
    pub(super) fn from_env<S: Service>(env: &mut Env) -> Self {
        let (upper, role) = (S::NAME.to_uppercase(), Role::from_env(env));
        if role == Role::Worker && !super::has_work::<S>() {
            env.error(format!(
                "FOLKMOOT_ROLE: {} has no background work, so it cannot be a worker; run it as api or both",
                S::NAME
            ));
        }
        let local = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let urls = services::ALL
            .iter()
            .map(|service| {
                let default = format!("http://127.0.0.1:{}", service.port);
                let setting = format!("FOLKMOOT_{}_URL", service.name.to_uppercase());
                (service.name, env.text(&setting, &default))
            })
            .collect();
        let storage = S::migrations().map(|_| {
            let has_events = S::USES_EVENTS && role.works();
            (DbConfig::from_env(env, S::NAME), has_events.then(|| Kafka::from_env(env)))
        });
        Self {
            role,
            drain: drain::time(env),
            listen: env.parse_or(&format!("FOLKMOOT_{upper}_LISTEN"), local(S::PORT)),
            admin_listen: env
                .parse_or(&format!("FOLKMOOT_{upper}_ADMIN_LISTEN"), local(S::PORT + 1000)),
            workers: env.parse(&format!("FOLKMOOT_{upper}_HTTP_WORKERS"), "2"),
            workload_key: workload::current(&env.secret(&format!("FOLKMOOT_{upper}_WORKLOAD_KEY"))),
            workload_jwks: env.secret("FOLKMOOT_WORKLOAD_JWKS"),
            urls,
            storage,
        }
    }
}
