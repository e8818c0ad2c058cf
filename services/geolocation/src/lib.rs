//! Geolocation: the approximate location of an IP address, and geocoding, from files in memory.
//!
//! It never makes a supporter's action fail: missing data is answered as unknown. It neither stores nor logs addresses and
//! search texts. Postcodes belong to the postcodes service, which it asks.

pub mod app;
pub mod config;
mod routes;

pub mod gazetteer;
mod geocoding;
pub mod import;
pub mod lookup;
mod providers;

mod jobs;

use std::sync::Arc;

use contracts::services;
use kit::{
    config::Env,
    http::{health::check::Check, routes::Routes},
    jobs::Jobs,
    service::{Kit, Service},
};

use crate::{app::App, config::Config};

/// The service.
pub struct Geolocation;

impl Service for Geolocation {
    const NAME: &'static str = services::GEOLOCATION.name;
    const PORT: u16 = services::GEOLOCATION.port;
    type Config = Config;
    type App = App;

    fn config(env: &mut Env) -> Config {
        Config::from_env(env)
    }

    async fn build(config: Config, kit: Kit) -> anyhow::Result<App> {
        App::open(config, &kit)
    }

    fn routes() -> Routes {
        routes::routes()
    }

    fn jobs() -> Jobs<App> {
        jobs::all()
    }

    fn checks(app: &Arc<App>, kit: &Kit) -> anyhow::Result<Vec<Check>> {
        let (data, provider) = (app.clone(), app.clone());
        let mut checks = kit.checks(&["postcodes"])?;
        checks.push(Check::from_status("data", move || data.data_status()));
        if app.provider.is_some() {
            checks.push(Check::from_status("provider", move || provider.provider_status()));
        }
        Ok(checks)
    }
}
