//! Named areas: where an organisation's members or a campaign's supporters must live. What a definition means, and what lies
//! in it, only `postcodes` knows; here it is kept, versioned, and sent along.

mod ask;
mod definition;
mod domain;
pub(crate) mod http;
mod ops;
mod request;
mod store;
