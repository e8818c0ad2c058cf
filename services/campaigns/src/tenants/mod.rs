//! The organisations' public names, as identity announced them: for the supporter's page and email.

pub(crate) mod ops;
pub(crate) mod store;
