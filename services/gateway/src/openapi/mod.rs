//! One API description out of those of all services.

#[cfg(test)]
mod checks;
pub(crate) mod document;
pub(crate) mod http;
pub(crate) mod merge;
mod refusals;
