//! `cargo xtask setup`
