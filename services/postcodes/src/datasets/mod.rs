//! The data in use: versions, licences and attributions.

pub mod http;
