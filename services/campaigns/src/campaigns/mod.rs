//! A campaign: what an organisation asks for. Draft, then live, then closed; only a draft can be changed, so that nobody's
//! agreement is to another wording than the one they read.

pub(crate) mod cache;
pub(crate) mod domain;
pub(crate) mod events;
pub(crate) mod http;
mod ops;
pub(crate) mod public;
mod request;
pub(crate) mod store;
