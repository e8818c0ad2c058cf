//! Outcodes (`AB10`): the centroid and areas of all their postcodes.

pub mod domain;
pub mod http;
