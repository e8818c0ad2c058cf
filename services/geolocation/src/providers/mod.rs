//! External geocoders, for addresses that only they know. Off unless an operator configures one, and even then only for the
//! tenants listed: what a supporter types must not be sent to others without a legal basis.

pub(crate) mod client;
pub(crate) mod domain;
