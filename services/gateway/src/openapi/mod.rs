//! One API description out of those of all services.

pub(crate) mod document;
pub(crate) mod http;
pub(crate) mod merge;
