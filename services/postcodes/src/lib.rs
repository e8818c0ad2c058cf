//! UK postcodes: finds the position and areas of a postcode in one read-only image in memory.
//!
//! The service owns the form of a postcode, the file format of the directory, its import, and the boundaries of areas. It
//! stores no personal data and needs no database.

pub mod app;
pub mod config;
mod error;
mod http;
mod routes;

mod data;
pub mod dataset;
pub mod geometry;
mod groups;

pub mod areas;
pub mod bulk;
mod datasets;
pub mod distance;
pub mod eligibility;
pub mod hash_prefix;
mod internal;
mod outcodes;
pub mod places;
pub mod postcode;
pub mod postcodes_io;
mod scotland;
mod status;
pub mod text_extraction;
pub mod tiles;

pub mod import;
pub mod reload;

use std::{sync::Arc, time::Duration};

use contracts::services;
use kit::{
    config::Env,
    http::{health::check::Check, routes::Routes},
    jobs::Jobs,
    service::{Kit, Service},
};

use crate::{app::App, config::Config};

/// Time between two checks of the files in use.
const REFRESH_EVERY: Duration = Duration::from_secs(2);

/// The service.
pub struct Postcodes;

impl Service for Postcodes {
    const NAME: &'static str = services::POSTCODES.name;
    const PORT: u16 = services::POSTCODES.port;
    type Config = Config;
    type App = App;

    fn config(env: &mut Env) -> Config {
        Config::from_env(env)
    }

    async fn build(config: Config, kit: Kit) -> anyhow::Result<App> {
        App::load(&config, &kit.clock)
    }

    fn routes() -> Routes {
        routes::routes()
    }

    fn jobs() -> Jobs<App> {
        Jobs::new().every_replica(REFRESH_EVERY, "refresh", App::refresh)
    }

    fn checks(app: &Arc<App>, _kit: &Kit) -> anyhow::Result<Vec<Check>> {
        let app = app.clone();
        Ok(vec![Check::from_status("directory", move || app.status())])
    }
}
