//! The data files of the service, which may be replaced while requests are answered.

pub(crate) mod files;
pub mod layers;
