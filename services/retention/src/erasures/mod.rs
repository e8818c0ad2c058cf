//! Erasures: the ledger of who must be forgotten, and how far it has come.

pub mod http;

pub mod steps;

pub mod domain;
pub mod events;
pub mod ops;
pub mod store;
