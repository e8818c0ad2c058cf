//! What supporters do: submitted, confirmed by email, counted, anonymised. What they typed is stored only sealed.

pub(crate) mod domain;
pub(crate) mod events;
pub(crate) mod http;
pub(crate) mod link;
pub(crate) mod ops;
pub(crate) mod request;
mod seal;
pub(crate) mod store;
pub(crate) mod workflow;
