//! UK postcodes: from a postcode to its position and areas, out of one read-only image in memory.
//!
//! The service owns the shape of a postcode, the file format of the directory, its import, and the
//! outlines of constituencies. It holds no personal data and needs no database.

pub mod app;
pub mod areas;
pub mod bulk;
pub mod compat;
pub mod config;
pub mod dataset;
pub mod distance;
pub mod error;
pub mod found;
pub mod grid;
pub mod hashed;
pub mod import;
pub mod inside;
pub mod outcodes;
pub mod places;
pub mod postcode;
pub mod routes;

use std::sync::Arc;

use kit::{
    config::Env,
    health::Check,
    route::Routes,
    service::{Kit, Service},
};

use crate::{app::App, config::Config};

/// The service.
pub struct Postcodes;

impl Service for Postcodes {
    const NAME: &'static str = "postcodes";
    const PORT: u16 = 8104;
    type Config = Config;
    type App = App;

    fn config(env: &mut Env) -> Config {
        Config::from_env(env)
    }

    async fn build(config: Config, _kit: Kit) -> anyhow::Result<App> {
        App::load(&config)
    }

    fn routes() -> Routes {
        routes::routes()
    }

    fn checks(app: &Arc<App>) -> Vec<Check> {
        let app = app.clone();
        vec![Check::new("directory", move || std::future::ready(app.loaded()))]
    }
}
