//! The postcode: its shape, the record that answers for it, and the requests for it.

pub mod bulk;
pub mod http;
pub mod nearest;
pub mod random;
pub mod record;
pub mod search;
