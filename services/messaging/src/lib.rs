//! Messaging: outgoing email and what became of it.
//!
//! It owns the delivery ledger, the wording of confirmation emails, DKIM and SMTP. It refuses to know why a campaign exists
//! or who represents whom: campaigns composes a representative's message, messaging delivers it.

pub mod app;
pub mod config;
mod error;
mod routes;

pub mod catcher;
mod deliveries;
pub mod mail;

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
pub struct Messaging;

impl Service for Messaging {
    const NAME: &'static str = services::MESSAGING.name;
    const PORT: u16 = services::MESSAGING.port;
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

    fn checks(app: &Arc<Self::App>, kit: &Kit) -> anyhow::Result<Vec<Check>> {
        let (app, mut checks) = (app.clone(), kit.checks(&["keyring"])?);
        checks.push(Check::from_status("mail_relay", move || app.relay.status()).for_work());
        Ok(checks)
    }
}
