//! Geolocation: what is roughly known of an IP address, and geocoding, out of files in memory.
//!
//! It never fails a supporter's action: what is not there is answered as not known. It keeps and logs neither addresses
//! nor search texts. Postcodes are the postcodes service's, which it asks.

pub mod app;
pub mod config;
pub mod error;
pub mod gazetteer;
pub mod geocoding;
pub mod import;
pub mod jobs;
pub mod lookup;
pub mod postcodes;
pub mod providers;
pub mod routes;
mod watch;

use std::sync::Arc;

use contracts::services;
use kit::{
    config::Env,
    http::{health::Check, routes::Routes},
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
        checks.push(Check::known("data", move || data.data_status()));
        if app.provider.is_some() {
            checks.push(Check::known("provider", move || provider.provider_status()));
        }
        Ok(checks)
    }
}
