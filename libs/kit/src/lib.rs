//! The service kit: the only place that sets up actix, diesel, rdkafka and opentelemetry.
//!
//! A service implements [`service::Service`]; the kit gives it settings, a pool whose transactions know their tenant, an
//! outbox with a relay, consumers with an inbox, jobs, sealed fields, and an HTTP server whose routes are guarded data.

pub mod service;

pub mod config;
pub mod secret;

pub mod bounded;
pub mod clock;
pub mod id;

mod deadline;
pub mod extract;
pub mod gate;
pub mod http;
pub mod page;
pub mod problem;
pub mod reply;
pub mod route;

pub mod auth;
pub mod client;
pub mod idempotency;

pub mod db;
pub mod migrate;
pub mod tls;

pub mod consumer;
pub mod dead_letters;
mod envelope;
mod fault;
pub mod kafka;
pub mod outbox;
pub mod probe;
pub mod relay;
pub mod topics;

pub mod job;
mod lease;
mod sweep;
pub mod tasks;

pub mod keyring;
pub mod sealed;

pub mod health;
pub mod stamp;
pub mod telemetry;

pub mod wheel;

pub use diesel_migrations::{EmbeddedMigrations, embed_migrations};
