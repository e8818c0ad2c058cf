//! How often a caller may send requests. The limits of a request are checked in one Redis round trip and shared by all
//! replicas; while Redis is unavailable each replica keeps them in its own memory.

pub(crate) mod buckets;
pub(crate) mod cache;
pub(crate) mod classes;
pub(crate) mod policy;
pub(crate) mod pseudonyms;
pub(crate) mod sign_ins;
