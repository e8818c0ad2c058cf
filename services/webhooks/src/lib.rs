//! Webhooks: owns partners' endpoints, and notifies them of what happened: signed, thin, retried, listed.
//!
//! It refuses to know anything about a person: what it sends and stores is ids. It refuses to connect to any address that is
//! not public, whatever a name resolves to.

pub mod app;
pub mod config;
mod error;
mod routes;

mod deliveries;
mod endpoints;
mod sending;

mod consumers;
mod jobs;
mod schema;

use contracts::services;
use kit::{
    EmbeddedMigrations,
    config::Env,
    embed_migrations,
    events::consumers::Consumers,
    http::routes::Routes,
    jobs::Jobs,
    service::{Kit, Service},
};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// The service.
pub struct Webhooks;

impl Service for Webhooks {
    const NAME: &'static str = services::WEBHOOKS.name;
    const PORT: u16 = services::WEBHOOKS.port;
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
}
