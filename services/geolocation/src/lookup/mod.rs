//! Looking up one IP address.

pub mod database;
pub mod domain;
pub mod http;
mod special;
