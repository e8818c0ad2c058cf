//! Geolocation: what is roughly known of an IP address, out of a database file in memory.
//!
//! It never fails a supporter's action: no database, or no entry, answers "unknown". It keeps and
//! logs no address.

pub mod lookup;
