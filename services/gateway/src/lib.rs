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

use std::{any::Any, net::IpAddr, sync::Arc};

use contracts::services;
use kit::{
    EmbeddedMigrations,
    config::Env,
    http::{gate::Gate, health::Check, routes::Routes},
    jobs::Jobs,
    service::{Kit, Service},
};

/// What the operator's command migrates.
pub const MIGRATIONS: EmbeddedMigrations = kit::embed_migrations!("migrations");

/// The gateway as the suite boots it.
pub struct Gateway;

impl Service for Gateway {
    const NAME: &'static str = services::GATEWAY.name;
    const PORT: u16 = services::GATEWAY.port;
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

    fn gate(app: &Arc<Self::App>) -> Option<Gate> {
        let connections = app.connections.clone();
        Some(Arc::new(move |peer: IpAddr| -> Option<Box<dyn Any>> {
            Some(Box::new(connections.admit(peer)?))
        }))
    }

    /// Once started, the gateway goes on without any of these, and nobody could stand in for it: tokens are signed with
    /// the keys in memory, limits are kept locally, and credentials in use stay known for a minute.
    fn checks(app: &Arc<Self::App>, kit: &Kit) -> anyhow::Result<Vec<Check>> {
        let (db, redis) = (app.db.clone(), app.redis.clone());
        Ok(vec![
            Check::optional("postgres", move || {
                let db = db.clone();
                async move { Ok(db.ping().await?) }
            }),
            Check::optional("redis", move || {
                let redis = redis.clone();
                async move {
                    let mut connection = redis.get_multiplexed_async_connection().await?;
                    Ok(redis::cmd("PING").exec_async(&mut connection).await?)
                }
            }),
            kit.peer_check("identity")?,
        ])
    }
}
