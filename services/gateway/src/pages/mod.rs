//! The pages that emails link to: plain HTML that works without scripts. A GET changes nothing, since mail scanners follow
//! links.

mod client;
pub(crate) mod http;
pub(crate) mod problems;
pub(crate) mod renderer;
