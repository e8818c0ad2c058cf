//! From a credential of the outside to a token of the inside. A credential is looked up once a minute; a token for one
//! service lives no longer than that, so a revocation bites within a minute.

pub(crate) mod access;
pub(crate) mod domain;
pub(crate) mod ended;
pub(crate) mod lookup;
pub(crate) mod tokens;
