//! One API description, merged from those of all services.

pub(crate) mod file;
pub(crate) mod http;
