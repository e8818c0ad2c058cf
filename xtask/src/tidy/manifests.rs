//! One place chooses dependencies, with a reason each; every crate takes lints and versions from it.

use super::Finding;
use super::tree::{Tree, numbered};

/// A line of a `[…dependencies]` section of a crate.
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) line: usize,
    pub(crate) dev: bool,
    from_workspace: bool,
}

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = tree.text("Cargo.toml").map(reasons).unwrap_or_default();
    for (path, text) in tree.files().filter(|(path, _)| path.ends_with("/Cargo.toml")) {
        findings.extend(crate_manifest(path, text));
    }
    findings
}

fn crate_manifest(path: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !sections(text).any(|(_, section, line)| section == "lints" && line == "workspace = true") {
        let says = "add `[lints]` with `workspace = true`";
        findings.push(Finding::new(path, 1, "manifests", says));
    }
    if let Some((line, _)) = numbered(text).find(|(_, line)| line.trim() == "[features]") {
        let says = "no cargo features of our own: test helpers live in testkit";
        findings.push(Finding::new(path, line, "manifests", says));
    }
    for dependency in dependencies(text).iter().filter(|found| !found.from_workspace) {
        let name = &dependency.name;
        let says = format!(
            "write `{name}.workspace = true`, and choose its version in the root Cargo.toml with a line of reason"
        );
        findings.push(Finding::new(path, dependency.line, "manifests", says));
    }
    findings
}

/// Dependencies of one crate, of every kind.
pub(crate) fn dependencies(text: &str) -> Vec<Dependency> {
    let mut found = Vec::new();
    for (line, section, entry) in sections(text) {
        // `[dependencies.serde]` is a dependency by itself; its entries are not.
        let heading = entry.strip_prefix('[').and_then(|e| e.strip_suffix(']'));
        if let Some((kind, name)) = heading.and_then(|heading| heading.rsplit_once('.')) {
            if kind.ends_with("dependencies") {
                let dev = kind.ends_with("dev-dependencies");
                found.push(Dependency { name: name.to_owned(), line, dev, from_workspace: false });
            }
            continue;
        }
        let Some((key, value)) = entry.split_once('=') else { continue };
        // Where a workspace chooses versions, nothing depends on anything yet.
        if !section.ends_with("dependencies") || section == "workspace.dependencies" {
            continue;
        }
        let (name, attribute) = key.trim().split_once('.').unwrap_or((key.trim(), ""));
        let inherited = attribute == "workspace" && value.trim() == "true";
        let from_workspace = inherited || value.replace(' ', "").contains("workspace=true");
        let dev = section.ends_with("dev-dependencies");
        found.push(Dependency { name: name.to_owned(), line, dev, from_workspace });
    }
    found
}

/// Lines with the section they stand in; comments and blank lines are left out.
fn sections(text: &str) -> impl Iterator<Item = (usize, &str, &str)> {
    let mut section = "";
    numbered(text).filter_map(move |(number, line)| {
        let line = line.trim();
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            section = name;
        }
        (!line.is_empty() && !line.starts_with('#')).then_some((number, section, line))
    })
}

/// In the root: each group of `[workspace.dependencies]` has a comment above it; our own crates need none.
fn reasons(text: &str) -> Vec<Finding> {
    let (mut findings, mut inside, mut explained) = (Vec::new(), false, false);
    for (number, line) in numbered(text) {
        let line = line.trim();
        if line.starts_with('[') {
            inside = line == "[workspace.dependencies]";
        } else if line.starts_with('#') {
            explained = true;
        } else if line.is_empty() {
            explained = false;
        } else if inside && !explained && !line.contains("path =") && line.contains(" = ") {
            let name = line.split(' ').next().unwrap_or(line);
            let says = format!("say in a comment above `{name}` why the project needs it");
            findings.push(Finding::new("Cargo.toml", number, "manifests", says));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLEAN: &str = "[dependencies]\nserde.workspace = true\nkit = { workspace = true }\n\n[lints]\nworkspace = true\n";

    #[test]
    fn a_clean_manifest_passes() {
        assert!(check(&Tree::of(&[("libs/kit/Cargo.toml", CLEAN)])).is_empty());
        let own = format!("[workspace.dependencies]\nserde = \"1\"\n{CLEAN}");
        assert!(check(&Tree::of(&[("fuzz/Cargo.toml", &own)])).is_empty());
    }

    #[test]
    fn missing_lints_own_versions_and_features_are_found() {
        let bad = "[features]\ntesting = []\n[dependencies]\nserde = \"1\"\n[dev-dependencies.insta]\nversion = \"1\"\n";
        let found = check(&Tree::of(&[("libs/kit/Cargo.toml", bad)]));
        let lines: Vec<usize> = found.iter().map(|finding| finding.line).collect();
        assert_eq!(lines, [1, 1, 4, 5]);
    }

    #[test]
    fn a_dependency_without_a_reason_is_found() {
        let head = "[workspace.dependencies]\nkit = { path = \"libs/kit\" }\n\n";
        let bad = format!("{head}# Ids.\nuuid = \"1\"\n\nurl = \"2\"\n");
        assert_eq!(check(&Tree::of(&[("Cargo.toml", &bad)])).first().unwrap().line, 7);
        let valid =
            format!("{head}# Traces: move together.\na = \"1\"\nb = \"1\"\n# URLs.\nurl = \"2\"\n");
        assert!(check(&Tree::of(&[("Cargo.toml", &valid)])).is_empty());
    }
}
