//! The real parts: each keeps its data over a `kill -9` and a restart, and goes when dropped.

// clippy allows `unwrap` in helpers of tests only below a `cfg(test)`.
#[cfg(test)]
mod parts;
