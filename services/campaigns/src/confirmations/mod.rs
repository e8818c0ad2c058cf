//! The page behind the link in a supporter's mail: looking changes nothing, posting makes the action count.

pub(crate) mod http;
mod opened;
mod ops;
