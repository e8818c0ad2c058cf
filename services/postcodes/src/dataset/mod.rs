//! The directory of all postcodes as one immutable image: its format, writing, reading and look-ups.
//!
//! One file, read completely into memory and never changed; a new edition is a new file. Where the data comes from is up to
//! `import`.

mod areas;
pub mod builder;
pub(crate) mod codes;
mod column;
pub mod format;
pub mod image;
mod index;
pub mod kind;
mod northern_ireland;
mod order;
mod search;
mod tree;
