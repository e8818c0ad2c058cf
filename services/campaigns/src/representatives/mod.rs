//! Representatives, whom supporters write to: one office per constituency, as the organisation imports them. Only published
//! contacts.

pub(crate) mod cache;
pub(crate) mod domain;
pub(crate) mod http;
mod import;
mod ops;
pub(crate) mod store;
