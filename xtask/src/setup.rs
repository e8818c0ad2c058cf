//! `cargo xtask setup`: everything that the build and the tests need from outside, fetched once into the cache.

use std::path::PathBuf;

use crate::stack::{jars, packages};
use crate::{fixtures, foreign, generators, say};

/// What [`setup`] found or fetched.
pub struct Setup {
    /// The folder of Apache Kafka's jars.
    pub jars: PathBuf,
    /// A Python that has the foreign verifiers and clients.
    pub python: PathBuf,
    /// The folder `node_modules` of the foreign clients.
    pub node: PathBuf,
    /// The folder of the generator of clients in Go.
    pub go: PathBuf,
    /// The folder of MaxMind's test databases.
    pub mmdb: PathBuf,
    /// The folder of the jars of the documented verifier of access tokens.
    pub verifier_jars: PathBuf,
    /// That verifier in Go.
    pub verifier_go: PathBuf,
}

/// Makes sure that all is there.
pub fn setup() -> anyhow::Result<Setup> {
    say::step("check packages", |_| packages::ensure())?;
    let jars = say::step("check Apache Kafka's jars", |_| jars::ensure())?;
    let python = say::step("check the foreign verifiers and clients", |_| foreign::python())?;
    let node = say::step("check the foreign clients in JavaScript", |_| foreign::node())?;
    let generator = say::step("check the generator of clients in Go", |_| generators::go())?.0;
    let mmdb = say::step("check MaxMind's test databases", |_| fixtures::maxmind(&python))?;
    let verifier_jars = say::step("check the token verifier in Java", |_| jars::VERIFIER.ensure())?;
    let verifier_go = say::step("check the token verifier in Go", |_| foreign::go())?;
    Ok(Setup { jars, python, node, go: generator, mmdb, verifier_jars, verifier_go })
}
