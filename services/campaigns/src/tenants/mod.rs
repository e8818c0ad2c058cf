//! The organisations' public names, as identity announced them: for the supporter's page and mail.

pub(crate) mod ops;
pub(crate) mod store;
