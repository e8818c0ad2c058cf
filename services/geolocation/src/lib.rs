//! Geolocation: what is roughly known of an IP address, out of a database file in memory.
//!
//! It never fails a supporter's action: no database, or no entry, answers "unknown". It keeps and
//! logs no address.

pub mod app;
pub mod config;
pub mod error;
pub mod jobs;
pub mod lookup;
pub mod routes;

use kit::{
    config::Env,
    job::Jobs,
    route::Routes,
    service::{Kit, Service},
};

use crate::{app::App, config::Config};

/// The service.
pub struct Geolocation;

impl Service for Geolocation {
    const NAME: &'static str = "geolocation";
    const PORT: u16 = 8105;
    type Config = Config;
    type App = App;

    fn config(env: &mut Env) -> Config {
        Config::from_env(env)
    }

    async fn build(config: Config, _kit: Kit) -> anyhow::Result<App> {
        Ok(App::open(&config)?)
    }

    fn routes() -> Routes {
        routes::routes()
    }

    fn jobs() -> Jobs<App> {
        jobs::all()
    }
}
