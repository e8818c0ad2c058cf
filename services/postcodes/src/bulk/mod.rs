//! Bulk look-ups, as JSON or as CSV with added columns. Each item is answered at its position; one that fails has an error
//! there and does not affect the others.

pub mod http;
