//! What is known of IP addresses, from database files.

pub mod domain;
pub mod file;
pub(crate) mod http;
mod record;
pub mod special;
