//! The postcode: its shape, the record that answers for it, and the requests for it.

pub mod domain;
pub mod http;
pub mod record;
