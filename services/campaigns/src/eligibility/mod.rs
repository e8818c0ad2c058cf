//! Named areas: where an organisation's members or a campaign's supporters must live. What a definition means and what lies
//! in it, only `postcodes` knows; here it is stored, versioned, and passed on.

mod client;
mod domain;
pub(crate) mod http;
mod ops;
mod store;
