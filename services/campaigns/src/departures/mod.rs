//! The end of people: whoever's last action is swept or anonymised has no data here, and their keys and the index of their
//! address are destroyed.

pub(crate) mod domain;
pub(crate) mod ops;
pub(crate) mod store;
pub(crate) mod workflow;
