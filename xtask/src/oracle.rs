//! `cargo xtask oracle`: builds the suite with optimisation and what times it (integration-tests/src/bin/oracle), and runs it.
//! docs/security.md says what it asks.

use std::process::ExitCode;

use crate::program::Program;
use crate::test::code;

/// Runs it; its exit code is not 0 if the time reveals what an organisation knows of an address.
pub fn oracle(tries: u32) -> anyhow::Result<ExitCode> {
    let program = Program::build("oracle", ("release", "release"))?;
    Ok(code(program.run(&[tries.to_string()])?))
}
