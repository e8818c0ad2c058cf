//! Internal routes for other services, with the types of `contracts::postcodes`.

pub(crate) mod http;
mod views;
