//! The postcode: its shape, and the record that answers for it.

pub mod domain;
pub mod record;
