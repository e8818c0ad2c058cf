//! Width, not depth: contracts → kit → datafile → service; services never depend on one another.

use super::Finding;
use super::manifests::{Dependency, dependencies};
use super::source::Source;
use super::tree::Tree;

/// The libraries; each may depend on those before it.
const LIBRARIES: [&str; 3] = ["contracts", "kit", "datafile"];
/// What contracts may depend on: data, and what gives addresses and postcodes their one form; no IO.
const CONTRACTS_MAY_USE: &[&str] =
    &["arrayvec", "serde", "uuid", "chrono", "base64", "idna", "unicode-normalization"];
/// Modules that read or write something.
const IO: &[&str] = &["std::fs", "std::net", "std::io", "std::process", "std::env"];

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = manifests(tree);
    for (path, text) in tree.rust().filter(|(path, _)| path.starts_with("libs/contracts/src/")) {
        findings.extend(contracts_io(path, text));
    }
    findings
}

fn manifests(tree: &Tree) -> Vec<Finding> {
    let services = tree.services();
    let mut findings = Vec::new();
    for (path, text) in tree.files().filter(|(path, _)| path.ends_with("/Cargo.toml")) {
        let is_service = path.starts_with("services/") && !path.starts_with("services/suite/");
        for dependency in dependencies(text) {
            let Dependency { name, line, dev, .. } = dependency;
            if (is_service || path.starts_with("libs/")) && services.contains(&name.as_str()) {
                let says = format!(
                    "`{name}` is a service: talk to it through contracts and events; only services/suite and integration-tests link services"
                );
                findings.push(Finding::new(path, line, "layers", says));
            }
            if !dev && is_above(path, &name) {
                let says = format!("`{name}` stands above: {} in this order", LIBRARIES.join(", "));
                findings.push(Finding::new(path, line, "layers", says));
            }
            let allowed = CONTRACTS_MAY_USE.contains(&name.as_str());
            if path == "libs/contracts/Cargo.toml" && !dev && !allowed {
                let says = format!("contracts is data only: move what needs `{name}` into kit");
                findings.push(Finding::new(path, line, "layers", says));
            }
            if name == "testkit" && !dev && path != "integration-tests/Cargo.toml" {
                let says = "testkit is for tests: write it under [dev-dependencies]";
                findings.push(Finding::new(path, line, "layers", says));
            }
        }
    }
    findings
}

/// Whether a library depends on one that comes after it.
fn is_above(manifest: &str, dependency: &str) -> bool {
    let place = |name: &str| LIBRARIES.iter().position(|library| *library == name);
    let library = manifest.strip_prefix("libs/").and_then(|path| path.strip_suffix("/Cargo.toml"));
    let places = library.and_then(place).zip(place(dependency));
    places.is_some_and(|(library, dependency)| library < dependency)
}

fn contracts_io(path: &str, text: &str) -> Vec<Finding> {
    let source = Source::read(path, text);
    let used = source.paths();
    let io = used.iter().filter(|used| {
        let joined = used.segments.join("::");
        IO.iter().any(|module| joined.starts_with(module)) && !source.is_test(used.line)
    });
    io.map(|used| {
        let says = format!("`{}` is IO: contracts hold data only", used.segments.join("::"));
        Finding::new(path, used.line, "layers", says)
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYRING: (&str, &str) = ("services/keyring/Cargo.toml", "");

    #[test]
    fn a_service_that_depends_on_another_is_found() {
        let manifest = "[dependencies]\nkit.workspace = true\nkeyring.workspace = true\n";
        let found = check(&Tree::of(&[KEYRING, ("services/campaigns/Cargo.toml", manifest)]));
        assert_eq!(found.first().unwrap().line, 3);
        assert!(check(&Tree::of(&[KEYRING, ("services/suite/Cargo.toml", manifest)])).is_empty());
    }

    #[test]
    fn a_library_that_depends_on_one_above_it_is_found() {
        let manifest = "[dependencies]\ndatafile.workspace = true\n";
        assert_eq!(check(&Tree::of(&[("libs/kit/Cargo.toml", manifest)])).len(), 1);
        let manifest = "[dependencies]\nkit.workspace = true\n";
        assert!(check(&Tree::of(&[("libs/datafile/Cargo.toml", manifest)])).is_empty());
    }

    #[test]
    fn contracts_with_io_are_found() {
        let manifest = "[dependencies]\nserde.workspace = true\ntokio.workspace = true\n";
        assert_eq!(check(&Tree::of(&[("libs/contracts/Cargo.toml", manifest)])).len(), 1);
        let code = "use std::fs::File;\n";
        assert_eq!(check(&Tree::of(&[("libs/contracts/src/a.rs", code)])).len(), 1);
        let clean = "use serde::Serialize;\n";
        assert!(check(&Tree::of(&[("libs/contracts/src/a.rs", clean)])).is_empty());
    }

    #[test]
    fn testkit_stays_out_of_production() {
        let bad = "[dependencies]\ntestkit.workspace = true\n";
        let valid = "[dev-dependencies]\ntestkit.workspace = true\n";
        assert_eq!(check(&Tree::of(&[("services/keyring/Cargo.toml", bad)])).len(), 1);
        assert!(check(&Tree::of(&[("services/keyring/Cargo.toml", valid)])).is_empty());
    }
}
