//! The gateway: the only public surface. It knows routes, credentials, limits and keys; it knows nothing of campaigns,
//! people or emails, and stores nothing about anybody.
//!
//! Reading order: the routing table, then the parts in the order of a request: edge → exchange → limits → proxy.

pub mod app;
pub mod config;
mod error;
mod routes;
pub mod table;

mod cache;

mod edge;
mod exchange;
mod keys;
mod limits;
mod openapi;
mod pages;
mod proxy;
mod sessions;

mod jobs;
mod schema;

use std::{any::Any, net::IpAddr, sync::Arc};

use contracts::services;
use kit::{
    EmbeddedMigrations,
    config::Env,
    http::{gate::Gate, health::check::Check, routes::Routes},
    jobs::Jobs,
    service::{Kit, Service},
};

const MIGRATIONS: EmbeddedMigrations = kit::embed_migrations!("migrations");

/// The service.
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
        let app = app::App::new(config, kit)?;
        while let Err(error) = keys::workflow::rotate(&app).await {
            app.kit.wait_for_database(error).await?;
        }
        Ok(app)
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

    /// Once started, the gateway works without any of these, so their outage must not take it out of service: it signs tokens
    /// with the keys in memory, keeps limits locally, and knows credentials in use for a minute.
    fn checks(app: &Arc<Self::App>, kit: &Kit) -> anyhow::Result<Vec<Check>> {
        let (for_db, for_redis) = (app.clone(), app.clone());
        Ok(vec![
            Check::optional("postgres", move || {
                let app = for_db.clone();
                async move { Ok(app.db.ping().await?) }
            }),
            Check::optional("redis", move || {
                let app = for_redis.clone();
                async move { app.limiter.ping().await }
            })
            .for_requests(),
            kit.peer_check("identity")?.for_requests().before_first_request(),
        ])
    }
}
