//! The keyring owns subjects (a person as one tenant knows them), their data keys, and blind-index keys.
//!
//! It finds the subject of an email address, a random id, by the address's normal form (`contracts::values::email`); it
//! gives a data key only to a service that may ask for that compartment and purpose; it destroys keys, which makes
//! everything sealed under them unreadable everywhere. It refuses to know what the keys seal. Gateway tokens are refused:
//! no request from outside reaches it.

pub mod app;
pub mod config;
mod error;
mod routes;

mod wrapper;

mod index_keys;
mod keks;
mod keys;
mod subjects;

mod jobs;
mod schema;

use contracts::services;
use kit::{
    EmbeddedMigrations,
    config::Env,
    embed_migrations,
    http::routes::Routes,
    jobs::Jobs,
    service::{Kit, Service},
};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// The service.
pub struct Keyring;

impl Service for Keyring {
    const NAME: &'static str = services::KEYRING.name;
    const PORT: u16 = services::KEYRING.port;
    const USES_EVENTS: bool = false;
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
}
