//! No two files of a crate import each other, directly or through others: a reader can take them in one order. A module and
//! its own parts are one thing in this sense, so imports between a file and the parts it declares do not count.

use std::collections::{BTreeMap, BTreeSet};

use super::Finding;
use super::source::Source;
use super::tree::Tree;

/// Files of one crate by module path; the root's is empty.
type Modules<'a> = BTreeMap<String, &'a str>;

/// Which file imports which.
type Imports<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let manifests = tree.files().filter_map(|(path, _)| path.strip_suffix("/Cargo.toml"));
    let sources = manifests.map(|krate| format!("{krate}/src"));
    sources.flat_map(|folder| circles(&imports(tree, &folder))).collect()
}

fn circles(imports: &Imports<'_>) -> Vec<Finding> {
    let reach: BTreeMap<&str, BTreeSet<&str>> =
        imports.keys().map(|file| (*file, reachable(imports, file))).collect();
    let reaches = |from: &str, to: &str| reach.get(from).is_some_and(|all| all.contains(to));
    let mut findings = Vec::new();
    let mut seen = BTreeSet::new();
    for file in imports.keys().filter(|file| reaches(file, file)) {
        let circle: Vec<&str> =
            imports.keys().copied().filter(|it| reaches(file, it) && reaches(it, file)).collect();
        if seen.insert(circle.clone()) {
            let says = format!("these files import each other: {}", circle.join(", "));
            findings.push(Finding::new(file, 1, "circles", says));
        }
    }
    findings
}

/// Every file that `start` imports, directly or through others.
fn reachable<'a>(imports: &Imports<'a>, start: &str) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    let mut left: Vec<&str> = imports.get(start).into_iter().flatten().copied().collect();
    while let Some(file) = left.pop() {
        if found.insert(file) {
            left.extend(imports.get(file).into_iter().flatten());
        }
    }
    found
}

fn imports<'a>(tree: &'a Tree, folder: &'a str) -> Imports<'a> {
    let files: Vec<(&str, &str)> =
        tree.under(folder).filter(|(path, _)| super::tree::has_extension(path, "rs")).collect();
    let modules: Modules<'a> =
        files.iter().map(|(path, _)| (module_of(path, folder), *path)).collect();
    let mut imports = Imports::new();
    for (path, text) in files {
        let (here, source) = (module_of(path, folder), Source::read(path, text));
        let uses = source.paths().into_iter().filter(|path| !source.is_test(path.line));
        let targets = uses.filter_map(|path| target(&modules, &here, &path.segments));
        let others = targets.filter(|file| *file != path && !is_part(&modules, &here, file));
        imports.insert(path, others.collect());
    }
    imports
}

/// The module that a file holds, as `a::b`.
fn module_of(path: &str, folder: &str) -> String {
    let inside = path.strip_prefix(folder).unwrap_or(path).trim_start_matches('/');
    let name = inside.trim_end_matches(".rs").trim_end_matches("mod").trim_end_matches('/');
    if matches!(name, "lib" | "main") { String::new() } else { name.replace('/', "::") }
}

/// Whether one of two files declares the other.
fn is_part(modules: &Modules<'_>, here: &str, file: &str) -> bool {
    let there = modules.iter().find(|(_, path)| **path == file).map_or("", |(name, _)| name);
    let parent = |name: &str| name.rsplit_once("::").map_or("", |(parent, _)| parent).to_owned();
    (parent(here) == there && !here.is_empty()) || (parent(there) == here && !there.is_empty())
}

/// The file of the deepest module that a path leads through; none for paths into other crates.
fn target<'a>(modules: &Modules<'a>, here: &str, segments: &[String]) -> Option<&'a str> {
    let mut at: Vec<&str> = here.split("::").filter(|part| !part.is_empty()).collect();
    let mut rest = segments;
    loop {
        match rest.first().map(String::as_str)? {
            "crate" => at.clear(),
            "super" => drop(at.pop()),
            "self" => {}
            child => {
                let is_relative = rest.len() < segments.len();
                let child = [at.as_slice(), &[child]].concat().join("::");
                if !is_relative && !modules.contains_key(&child) {
                    return None;
                }
                break;
            }
        }
        rest = rest.get(1..).unwrap_or_default();
    }
    for part in rest {
        let deeper = [at.as_slice(), &[part.as_str()]].concat();
        if !modules.contains_key(&deeper.join("::")) {
            break;
        }
        at = deeper;
    }
    modules.get(&at.join("::")).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let all = [&[("a/Cargo.toml", "")], files].concat();
        check(&Tree::of(&all)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_circle_through_three_files_is_found_once() {
        let says = found(&[
            ("a/src/lib.rs", "mod b;\nmod c;\n"),
            ("a/src/b.rs", "use crate::c::d::Thing;\n"),
            ("a/src/c/mod.rs", "mod d;\n"),
            ("a/src/c/d.rs", "fn f() { super::e::go() }\n"),
            ("a/src/c/e.rs", "use crate::{b, c::d as other};\n"),
        ]);
        assert_eq!(says.len(), 1, "{says:?}");
        assert!(says[0].contains("a/src/b.rs, a/src/c/d.rs, a/src/c/e.rs"), "{says:?}");
    }

    #[test]
    fn imports_in_one_direction_and_those_of_unit_tests_pass() {
        let says = found(&[
            ("a/src/lib.rs", "mod b;\nmod c;\n"),
            ("a/src/b.rs", "use crate::c::Thing;\n"),
            ("a/src/c.rs", "#[cfg(test)]\nmod tests {\n use crate::b::Other;\n}\n"),
        ]);
        assert_eq!(says, [""; 0]);
    }
}
