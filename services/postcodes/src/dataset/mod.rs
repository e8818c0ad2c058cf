//! The directory of all postcodes as one immutable image: format, writing, reading, looking up.
//!
//! One file, read whole into memory and never changed; a new edition is a new file. Nothing here
//! knows where the data came from: that is `import`.

mod areas;
pub mod builder;
pub(crate) mod codes;
mod column;
mod degrees;
pub mod format;
pub mod image;
mod index;
pub mod kind;
mod northern_ireland;
pub mod order;
pub mod postcode;
mod scan;
mod spatial;
mod tree;
