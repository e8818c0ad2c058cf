//! Deliveries: one row per mail, written before anything is sent and settled after.

pub(crate) mod dispatch;
pub(crate) mod domain;
pub(crate) mod events;
pub(crate) mod http;
pub(crate) mod ledger;
pub(crate) mod letter;
pub(crate) mod ops;
pub(crate) mod outcome;
pub(crate) mod queue;
pub(crate) mod store;
