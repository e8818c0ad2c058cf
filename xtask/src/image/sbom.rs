//! The bill of materials of the image, in `CycloneDX`: the crates in the binary and the Debian packages beside it. Not by
//! cargo-cyclonedx, which knows no libraries outside the binary, and stamps each bill with its time and a random number.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Context as _;
use serde_json::{Value, json};

use super::debian::Package;
use crate::paths;
use crate::stack::process;
use crate::up::commands::BINARY;

/// The bill as JSON, the same for the same image.
pub(super) fn of<'a>(
    packages: impl Iterator<Item = &'a Package>,
    work: &Path,
) -> anyhow::Result<String> {
    let mut tree = paths::cargo();
    tree.args(["tree", "--locked", "--package", BINARY, "--edges", "normal,no-proc-macro"]);
    tree.args(["--prefix", "none", "--format", "{p}\t{l}"]);
    let tree = process::run_for_output("cargo tree", &mut tree, &work.join("tree.log"))?;
    let crates = parse(&tree);
    let own = crates.iter().find(|it| it.name == BINARY).context("cargo tree has no binary")?;
    let components = crates.iter().filter(|it| it.name != BINARY).map(Crate::component);
    let components: Vec<Value> = components.chain(packages.map(component)).collect();
    let bill = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {
            "type": "application",
            "bom-ref": BINARY,
            "name": BINARY,
            "version": own.version,
            "licenses": [{"expression": own.licence}],
        }},
        "components": components,
    });
    Ok(format!("{bill:#}\n"))
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Crate<'a> {
    name: &'a str,
    version: &'a str,
    licence: String,
    is_ours: bool,
}

impl Crate<'_> {
    fn component(&self) -> Value {
        let mut component = json!({
            "type": "library",
            "bom-ref": format!("{}@{}", self.name, self.version),
            "name": self.name,
            "version": self.version,
            "licenses": [{"expression": self.licence}],
        });
        if !self.is_ours {
            let url = format!("pkg:cargo/{}@{}", self.name, encoded(self.version));
            component.as_object_mut().map(|fields| fields.insert("purl".to_owned(), url.into()));
        }
        component
    }
}

/// Lines `name v1.2.3 (folder)`, a tab and the licence; a crate that was listed before ends with an asterisk.
fn parse(tree: &str) -> BTreeSet<Crate<'_>> {
    let lines = tree.lines().filter_map(|line| line.trim_end_matches(" (*)").split_once('\t'));
    let crates = lines.filter_map(|(package, licence)| {
        let mut words = package.split(' ');
        let (name, version) = (words.next()?, words.next()?.strip_prefix('v')?);
        // The older way of writing a choice.
        let licence = licence.replace(" / ", " OR ").replace('/', " OR ");
        Some(Crate { name, version, licence, is_ours: words.next().is_some() })
    });
    crates.collect()
}

fn component(package: &Package) -> Value {
    let (name, version) = (&package.name, &package.version);
    json!({
        "type": "library",
        "bom-ref": format!("{name}@{version}"),
        "name": name,
        "version": version,
        "purl": format!("pkg:deb/debian/{name}@{}?arch={}", encoded(version), package.architecture),
    })
}

/// A version in a package URL.
fn encoded(version: &str) -> String {
    version.replace('%', "%25").replace('+', "%2B").replace(':', "%3A")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crates_are_listed_once_with_their_licences() {
        let tree = "folkmoot v0.1.0 (/clone/services/suite)\tApache-2.0\nkit v0.1.0 (/clone/libs/kit)\tApache-2.0\n\
            memchr v2.8.3\tUnlicense/MIT\nmemchr v2.8.3\tUnlicense/MIT (*)\n";
        let crates = parse(tree);
        assert_eq!(crates.len(), 3);
        let memchr = crates.iter().find(|it| it.name == "memchr").unwrap().component();
        assert_eq!(memchr["purl"], "pkg:cargo/memchr@2.8.3");
        assert_eq!(memchr["licenses"][0]["expression"], "Unlicense OR MIT");
        let kit = crates.iter().find(|it| it.name == "kit").unwrap().component();
        assert_eq!(kit.get("purl"), None, "only published crates have an address");
    }

    #[test]
    fn versions_of_debian_are_encoded() {
        assert_eq!(encoded("1:1.2.13.dfsg-1+b1"), "1%3A1.2.13.dfsg-1%2Bb1");
    }
}
