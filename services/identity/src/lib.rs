//! Tenants, users, sessions, API keys, the sign-in log and the staff audit log.
//!
//! Identity verifies credentials and never signs a token: that is the gateway's. It knows users as subjects of the
//! platform's tenant, sealed like everybody, and refuses to know supporters.

pub mod app;
pub mod config;
mod error;
mod routes;

mod values;
pub mod workflow;

pub mod api_keys;
mod audit;
mod sessions;
mod sign_ins;
mod tenants;
mod users;

mod consumers;
mod jobs;
mod schema;

use std::sync::Arc;

use contracts::services;
use kit::{
    EmbeddedMigrations,
    config::Env,
    events::consumers::Consumers,
    http::{health::check::Check, routes::Routes},
    jobs::Jobs,
    service::{Kit, Service},
};

const MIGRATIONS: EmbeddedMigrations = kit::embed_migrations!("migrations");

/// The service.
pub struct Identity;

impl Service for Identity {
    const NAME: &'static str = services::IDENTITY.name;
    const PORT: u16 = services::IDENTITY.port;
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
