//! Schedules: when an action must lose its person (promise 000-28).

pub mod domain;
pub mod events;
pub mod ops;
pub mod store;
