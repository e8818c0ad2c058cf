//! Messaging: outgoing mail and what became of it.
//!
//! It owns the delivery ledger, the words of confirmation mails, DKIM and SMTP. It refuses to know why a campaign exists
//! or who represents whom: campaigns composes a representative's message, messaging carries it.

mod app;
pub mod catcher;
mod config;
mod consumers;
mod deliveries;
mod error;
mod jobs;
pub mod mail;
mod routes;
mod schema;

use std::sync::Arc;

use contracts::services;
use kit::{
    EmbeddedMigrations,
    config::Env,
    embed_migrations,
    events::consumers::Consumers,
    http::{health::Check, routes::Routes},
    jobs::Jobs,
    service::{Kit, Service},
};

pub use app::App;
pub use config::Config;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// The service.
pub struct Messaging;

impl Service for Messaging {
    const NAME: &'static str = services::MESSAGING.name;
    const PORT: u16 = services::MESSAGING.port;
    type Config = Config;
    type App = App;

    fn config(env: &mut Env) -> Config {
        Config::from_env(env)
    }

    async fn build(config: Config, kit: Kit) -> anyhow::Result<App> {
        App::new(&config, &kit)
    }

    fn routes() -> Routes {
        routes::routes()
    }

    fn migrations() -> Option<EmbeddedMigrations> {
        Some(MIGRATIONS)
    }

    fn consumers() -> Consumers<App> {
        consumers::consumers()
    }

    fn jobs() -> Jobs<App> {
        jobs::jobs()
    }

    fn checks(app: &Arc<App>, kit: &Kit) -> anyhow::Result<Vec<Check>> {
        let (app, mut checks) = (app.clone(), kit.checks(&["keyring"])?);
        checks.push(Check::known("mail_relay", move || app.mailer.relay.status()));
        Ok(checks)
    }
}
