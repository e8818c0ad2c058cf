//! Email: composing, signing, tokens in addresses, and the SMTP client. It knows nothing of deliveries and their table.

pub(crate) mod address;
pub(crate) mod client;
pub(crate) mod compose;
pub(crate) mod confirmation;
pub mod dkim;
pub(crate) mod failure;
mod header;
pub(crate) mod report;
pub(crate) mod token;
