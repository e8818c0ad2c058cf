//! Named places in memory: what a name means, and what is near a point. Read-only; the file is made by [`crate::import`].

pub mod domain;
pub mod file;
mod index;
pub mod search;
mod text;
pub mod words;
