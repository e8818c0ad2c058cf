//! Campaigns: what organisations ask for, and what supporters do about it.
//!
//! Owns campaigns, representatives, actions with their confirmation, counters and exports. Does not know how email is sent
//! (messaging), who signs in (identity), and when data must be erased (retention): those notify it by events.

pub mod app;
pub mod config;
mod error;
mod routes;

mod values;

mod actions;
mod campaigns;
mod confirmations;
mod constituencies;
mod counters;
mod departures;
mod eligibility;
mod exports;
mod messages;
mod representatives;
mod tenants;

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
pub struct Campaigns;

impl Service for Campaigns {
    const NAME: &'static str = services::CAMPAIGNS.name;
    const PORT: u16 = services::CAMPAIGNS.port;
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
        kit.checks(&["keyring", "postcodes"])
    }
}
