//! The data in use: versions, licences and attributions.

pub(crate) mod http;
