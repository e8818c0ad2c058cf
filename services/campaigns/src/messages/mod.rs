//! What a supporter writes to their representative: the campaign's template, filled in. Owns no table: messaging stores and
//! sends what is composed here.

pub(crate) mod composition;
pub(crate) mod domain;
pub(crate) mod events;
mod grammar;
pub(crate) mod template;
