//! Retention: owns the schedules of what others record, the ledger of erasures, and their receipts.
//!
//! It holds no personal data and deletes no rows of other services: it announces what must be forgotten, and believes it only
//! when every service has acknowledged it and the keyring agrees. It refuses to know names, addresses and what was said.

pub mod app;
pub mod config;
mod error;
mod routes;

mod erasures;
mod receipts;
mod schedules;

mod consumers;
mod jobs;
mod schema;

use std::sync::Arc;

use contracts::services;
use kit::{
    EmbeddedMigrations,
    config::Env,
    embed_migrations,
    events::consumers::Consumers,
    http::{health::check::Check, routes::Routes},
    jobs::Jobs,
    service::{Kit, Service},
};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// The service.
pub struct Retention;

impl Service for Retention {
    const NAME: &'static str = services::RETENTION.name;
    const PORT: u16 = services::RETENTION.port;
    type Config = config::Config;
    type App = app::App;

    fn config(env: &mut Env) -> Self::Config {
        config::Config::from_env(env)
    }

    async fn build(config: Self::Config, kit: Kit) -> anyhow::Result<Self::App> {
        app::App::new(config, kit)
    }

    fn routes() -> Routes {
        routes::routes()
    }

    fn migrations() -> Option<EmbeddedMigrations> {
        Some(MIGRATIONS)
    }

    fn consumers() -> Consumers<Self::App> {
        consumers::all()
    }

    fn jobs() -> Jobs<Self::App> {
        jobs::all()
    }

    fn checks(_app: &Arc<Self::App>, kit: &Kit) -> anyhow::Result<Vec<Check>> {
        kit.checks(&["keyring"])
    }
}
