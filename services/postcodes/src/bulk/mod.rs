//! Every look-up for many at once, as JSON or as CSV that gains columns. Each item is answered in its place; one that cannot
//! be answered says why and stops nothing.

pub mod http;
mod operation;
mod table;
