//! Looking up one IP address.

pub mod database;
pub mod domain;
mod special;
