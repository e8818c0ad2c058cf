//! What supporters do: entered, confirmed by mail, counted, anonymised. What they typed exists here only sealed.

pub(crate) mod domain;
mod entry;
pub(crate) mod events;
mod forget;
pub(crate) mod http;
pub(crate) mod link;
pub(crate) mod ops;
pub(crate) mod place;
pub(crate) mod request;
pub(crate) mod resolve;
pub(crate) mod seal;
pub(crate) mod store;
