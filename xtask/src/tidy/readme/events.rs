//! Events of the contracts, and which of them a service names in its code.

use std::collections::{BTreeMap, BTreeSet};

use super::Names;
use crate::tidy::source::{PathUse, Source};
use crate::tidy::tree::Tree;

/// Types such as `campaigns.action.confirmed.v1`.
pub(super) struct Used {
    pub(super) consumed: BTreeSet<String>,
    pub(super) published: BTreeSet<String>,
}

/// (module, struct) → type, read from `impl Event for X { const TYPE … = "…"; }` in libs/contracts.
pub(super) fn known(tree: &Tree) -> BTreeMap<(String, String), String> {
    let mut known = BTreeMap::new();
    for (path, text) in tree.under("libs/contracts/src") {
        let source = Source::read(path, text);
        let module = path.rsplit('/').next().and_then(|file| file.strip_suffix(".rs"));
        let Some(module) = module else { continue };
        for part in source.spoken.split("impl Event for ").skip(1) {
            let name = part.split([' ', '{', '<']).next().unwrap_or_default();
            let literal =
                part.split_once("const TYPE").and_then(|(_, rest)| rest.split('"').nth(1));
            if let Some(kind) = literal {
                known.insert((module.to_owned(), name.to_owned()), kind.to_owned());
            }
        }
    }
    known
}

/// A service publishes its own events, and consumes what its consumers name and what others own.
pub(super) fn used(tree: &Tree, service: &str) -> Used {
    let known = known(tree);
    let mut used = Used { consumed: BTreeSet::new(), published: BTreeSet::new() };
    let folder = format!("services/{service}/src");
    for (path, text) in tree.under(&folder) {
        let source = Source::read(path, text);
        let by_path = source.paths().into_iter().filter(|used| !source.is_test(used.line));
        let by_path = by_path.filter_map(|used| event_of(&known, &used));
        let literals = source.literals.iter().filter(|(line, _)| !source.is_test(*line));
        let by_name = literals.filter_map(|(_, text)| known.values().find(|kind| *kind == text));
        let own = format!("{service}.");
        for kind in by_path.chain(by_name) {
            let is_own = kind.starts_with(&own) && !path.ends_with("/consumers.rs");
            let side = if is_own { &mut used.published } else { &mut used.consumed };
            side.insert(kind.clone());
        }
    }
    used
}

fn event_of<'a>(
    known: &'a BTreeMap<(String, String), String>,
    used: &PathUse,
) -> Option<&'a String> {
    used.segments.windows(2).find_map(|pair| {
        let [module, name] = pair else { return None };
        known.get(&(module.clone(), name.clone()))
    })
}

/// Types that a section of the README names: words that are a known event, or look like one
/// (`a.b.c.v1`; a topic has a part less).
pub(super) fn listed(
    lines: &[(usize, String)],
    known: &BTreeMap<(String, String), String>,
) -> Names {
    let mut names = Names::new();
    for (line, text) in lines {
        let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '.' && c != '_');
        for word in words.map(|word| word.trim_matches('.')) {
            let word = word.strip_prefix("org.folkmoot.").unwrap_or(word);
            let parts: Vec<&str> = word.split('.').collect();
            let versioned = parts.last().is_some_and(|last| {
                last.strip_prefix('v').is_some_and(|digits| digits.parse::<u32>().is_ok())
            });
            let is_known = known.values().any(|kind| kind == word);
            if is_known || (versioned && parts.len() >= 4 && !word.starts_with("folkmoot.")) {
                names.insert(word.to_owned(), *line);
            }
        }
    }
    names
}
