//! Internal routes for other services, with the types of `contracts::postcodes`.

pub mod http;
mod views;
