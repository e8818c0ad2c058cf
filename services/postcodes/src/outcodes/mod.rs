//! Outcodes (`AB10`): the centroid and areas of all their postcodes.

pub(crate) mod domain;
pub(crate) mod http;
