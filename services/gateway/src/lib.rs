//! The gateway: the only public surface. It knows routes, credentials, limits and keys; it knows nothing of campaigns,
//! people or mail, and stores nothing about anybody.
//!
//! Reading order: the routing table, then the way of a request: edge → exchange → limits → proxy.

pub mod table;

mod edge;
mod exchange;
mod limits;
mod proxy;

mod keys;
mod openapi;
mod pages;
mod sessions;

mod app;
mod config;
mod jobs;
mod routes;
mod schema;

use kit::{
    EmbeddedMigrations,
    config::Env,
    health::Check,
    job::Jobs,
    route::Routes,
    service::{Kit, Service},
};

/// What the operator's command migrates.
pub const MIGRATIONS: EmbeddedMigrations = kit::embed_migrations!("migrations");

/// The gateway as the suite boots it.
pub struct Gateway;

impl Service for Gateway {
    const NAME: &'static str = "gateway";
    const PORT: u16 = 8080;
    type Config = config::Config;
    type App = app::App;

    fn config(env: &mut Env) -> Self::Config {
        config::Config::from_env(env)
    }

    async fn build(config: Self::Config, kit: Kit) -> anyhow::Result<Self::App> {
        app::App::new(config, kit).await
    }

    fn routes() -> Routes {
        routes::routes()
    }

    fn migrations() -> Option<EmbeddedMigrations> {
        Some(MIGRATIONS)
    }

    fn jobs() -> Jobs<Self::App> {
        jobs::all()
    }

    fn checks(_app: &std::sync::Arc<Self::App>) -> Vec<Check> {
        // Redis is left out on purpose: without it the limits are kept locally, and a readiness that failed would take
        // every replica off the net at once.
        Vec::new()
    }
}
