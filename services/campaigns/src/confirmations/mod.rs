//! The page behind the link in a supporter's email: GET changes nothing, POST makes the action count.

mod domain;
pub(crate) mod http;
mod ops;
mod token;
mod workflow;
