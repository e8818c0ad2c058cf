//! Mail as bytes: composing, signing, tokens in addresses, and the SMTP conversation. Knows no database.

pub mod compose;
pub mod confirmation;
pub mod dkim;
pub mod header;
pub mod smtp;
pub mod token;
