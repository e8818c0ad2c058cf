//! Values that several services parse, each with one shape: whoever compares or counts them asks here.

pub mod email;
