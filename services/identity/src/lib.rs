//! Tenants, users, sessions, API keys, the sign-in log and the staff audit log.
//!
//! Identity verifies credentials and never signs a token: that is the gateway's. It knows users as subjects of the
//! platform's tenant, sealed like everybody, and refuses to know supporters.

mod config;

mod app;
mod error;
mod routes;

pub mod api_keys;
mod audit;
mod sessions;
mod sign_ins;
mod tenants;
mod users;

pub mod operators;

mod consumers;
mod jobs;
mod schema;

use std::sync::Arc;

use contracts::services;
use kit::{
    EmbeddedMigrations,
    config::Env,
    events::consumers::Consumers,
    http::{health::Check, routes::Routes},
    jobs::Jobs,
    service::{Kit, Service},
};

pub use app::App;

/// The service.
pub struct Identity;

/// The schema.
pub const MIGRATIONS: EmbeddedMigrations = kit::embed_migrations!("migrations");

impl Service for Identity {
    const NAME: &'static str = services::IDENTITY.name;
    const PORT: u16 = services::IDENTITY.port;
    type Config = config::Config;
    type App = App;

    fn config(env: &mut Env) -> config::Config {
        config::Config::from_env(env)
    }

    async fn build(config: config::Config, kit: Kit) -> anyhow::Result<App> {
        App::new(&config, kit)
    }

    fn routes() -> Routes {
        routes::routes()
    }

    fn migrations() -> Option<EmbeddedMigrations> {
        Some(MIGRATIONS)
    }

    fn consumers() -> Consumers<App> {
        consumers::all()
    }

    fn jobs() -> Jobs<App> {
        jobs::all()
    }

    fn checks(_app: &Arc<App>, kit: &Kit) -> anyhow::Result<Vec<Check>> {
        kit.checks(&["keyring"])
    }
}
