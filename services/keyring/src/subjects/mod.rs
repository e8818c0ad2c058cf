//! People as one tenant knows them: a random id for a blind index of the normalised e-mail address.

pub mod domain;
pub mod http;
pub mod index;
pub mod ops;
pub mod store;
