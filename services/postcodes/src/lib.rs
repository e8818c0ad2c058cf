//! UK postcodes: from a postcode to its position and areas, out of one read-only image in memory.
//!
//! The service owns the shape of a postcode, the file format of the directory, its import, and the
//! outlines of constituencies. It holds no personal data and needs no database.

pub mod areas;
pub mod dataset;
pub mod grid;
pub mod import;
pub mod postcode;
