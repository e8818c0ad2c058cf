//! Constituencies: the one that a postcode lies in, as the postcodes service knows it.

pub(crate) mod client;
pub(crate) mod domain;
