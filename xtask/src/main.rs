//! `cargo xtask`: the command line over the library.
fn main() {}
