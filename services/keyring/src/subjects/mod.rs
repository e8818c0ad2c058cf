//! People as one tenant knows them: a random id for a blind index of the normalised email address.

mod domain;
pub(crate) mod http;
mod ops;
mod store;
mod workflow;
