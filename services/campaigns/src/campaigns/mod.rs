//! A campaign: what an organisation asks for. Draft, then live, then closed; only a draft can be changed, so that nobody
//! agrees to a wording that they did not read.

pub(crate) mod cache;
pub(crate) mod domain;
pub(crate) mod events;
pub(crate) mod http;
mod ops;
mod request;
pub(crate) mod store;
pub(crate) mod workflow;
