//! Settings that every service has.

use std::net::SocketAddr;

use contracts::services;

use super::Service;
use crate::{auth::workload, config::Env, db::DbConfig, events::kafka::Kafka, secret::Secret};

pub(super) struct Common {
    pub(super) listen: SocketAddr,
    pub(super) admin_listen: SocketAddr,
    pub(super) workers: usize,
    pub(super) workload_key: Secret,
    pub(super) workload_jwks: Secret,
    pub(super) urls: Vec<(&'static str, String)>,
    /// The database, and Kafka if the service has events.
    pub(super) storage: Option<(DbConfig, Option<Kafka>)>,
}

impl Common {
    pub(super) fn from_env<S: Service>(env: &mut Env) -> Self {
        let upper = S::NAME.to_uppercase();
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
            (DbConfig::from_env(env, S::NAME), S::USES_EVENTS.then(|| Kafka::from_env(env)))
        });
        Self {
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
