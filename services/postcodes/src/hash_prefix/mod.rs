//! Look-up by hash prefix (k-anonymity): the response has hundreds of postcodes, so we do not learn which one is meant.

pub(crate) mod domain;
pub mod http;
