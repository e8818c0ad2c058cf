//! Organisations: their public name and short name, and whether they may act.

pub(crate) mod domain;
mod events;
pub(crate) mod http;
pub(crate) mod ops;
pub(crate) mod store;
