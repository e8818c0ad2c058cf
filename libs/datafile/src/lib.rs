//! Data files: how published data becomes a file that a service reads, and how that file is replaced.
//!
//! Owns the checked container of a file, its replacement while a service runs, and what several importers need: wheels of
//! the Python package index, OS Open Names, and the national grids. Knows nothing of what a file holds, and nothing of HTTP,
//! SQL and Kafka.

pub mod container;
pub mod grid;
pub mod open_names;
pub mod watched;
pub mod wheel;
