//! The service kit: the only place that sets up actix, diesel, rdkafka and opentelemetry.
//!
//! A service implements [`service::Service`]; the kit gives it settings, transactions that are bound to a
//! tenant, an outbox with a relay, consumers with an inbox, jobs, sealed fields, and an HTTP server with guarded routes.

pub mod service;

pub mod bounded;
pub mod clock;
pub mod config;
pub mod id;
pub mod role;
pub mod secret;
pub mod tasks;
pub mod text_enum;

pub mod auth;
pub mod client;
pub mod db;
pub mod events;
pub mod http;
pub mod jobs;
pub mod keyring;
pub mod telemetry;

pub use diesel_migrations::{EmbeddedMigrations, embed_migrations};
