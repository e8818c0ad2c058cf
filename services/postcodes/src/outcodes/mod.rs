//! Outcodes (`AB10`): what is known of all postcodes under one.

pub mod domain;
pub mod http;
