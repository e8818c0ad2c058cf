//! Schedules: when an action must lose its person (promise 000-28).

pub(crate) mod domain;
pub(crate) mod ops;
pub(crate) mod store;
