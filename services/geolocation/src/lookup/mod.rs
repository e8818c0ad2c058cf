//! Looking up IP addresses in database files.

pub mod database;
pub mod databases;
pub mod domain;
mod entry;
pub mod http;
mod keycdn;
pub mod special;
