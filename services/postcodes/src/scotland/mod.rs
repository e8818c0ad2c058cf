//! What the Scottish Postcode Directory adds: the constituency of the Scottish Parliament.

pub mod http;
pub mod record;
