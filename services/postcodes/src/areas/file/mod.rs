//! The file of areas: layers with their boundaries, compressed.

mod codec;
pub mod format;
