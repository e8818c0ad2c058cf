//! Exact numbers of confirmed actions by constituency. Folded from the events of confirmation, so that the hot path writes
//! to no shared row; anonymising and erasing never lower them.

pub(crate) mod cache;
pub(crate) mod http;
pub(crate) mod ops;
mod store;
