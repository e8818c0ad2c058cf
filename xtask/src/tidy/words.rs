//! Nothing half-done, nothing of one machine: no leftover marks, no registry hosts, no absolute paths.

use super::Finding;
use super::tree::{Tree, numbered};

/// Built from halves, so that this file does not find itself.
const LEFTOVERS: &[[&str; 2]] = &[["TO", "DO"], ["FIX", "ME"], ["XX", "X"], ["HA", "CK"]];
const HOSTS: &[[&str; 2]] = &[
    ["index.crates", ".io"],
    ["static.crates", ".io"],
    ["//crates", ".io"],
    ["pypi", ".org"],
    ["files.python", "hosted.org"],
    ["registry.npm", "js.org"],
    ["registry.yarn", "pkg.com"],
    ["repo1.mav", "en.org"],
    ["repo.mav", "en.apache.org"],
    ["proxy.go", "lang.org"],
    ["sum.go", "lang.org"],
    ["deb.deb", "ian.org"],
    ["security.deb", "ian.org"],
];
const MACHINE: &[[&str; 2]] = &[["/ro", "ot/"], ["/wo", "rk/"], ["/ho", "me/"], ["/Us", "ers/"]];

/// Written by tools or by others.
const NOT_OURS: &[&str] = &["Cargo.lock", "LICENSE"];

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let files = tree.files().filter(|(path, _)| !NOT_OURS.contains(path));
    files
        .flat_map(|(path, text)| numbered(text).flat_map(|(line, text)| findings(path, line, text)))
        .collect()
}

fn findings(path: &str, line: usize, text: &str) -> Vec<Finding> {
    let leftovers = LEFTOVERS
        .iter()
        .map(|word| word.concat())
        .filter(|word| occurs(text, word, |before, after| !is_word(before) && !is_word(after)));
    let hosts = HOSTS.iter().map(|host| host.concat()).filter(|host| text.contains(host));
    let machine = MACHINE.iter().map(|start| start.concat()).filter(|start| {
        occurs(text, start, |before, _| {
            !is_word(before) && !matches!(before, '.' | '-' | '/' | '}' | '~')
        })
    });
    let leftovers =
        leftovers.map(|word| format!("`{word}`: finish it, or file an issue and say so in words"));
    let hosts = hosts.map(|host| {
        format!("`{host}` is a registry's host: let the package tool's own settings choose it")
    });
    let machine =
        machine.map(|start| format!("`{start}…` is a path of one machine: make it relative"));
    let all = leftovers.chain(hosts).chain(machine);
    all.map(|says| Finding::new(path, line, "words", says)).collect()
}

/// Whether `word` occurs with neighbours that satisfy `judge` (a space represents the line's ends).
pub(crate) fn occurs(text: &str, word: &str, judge: impl Fn(char, char) -> bool) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text.get(..at).and_then(|head| head.chars().next_back()).unwrap_or(' ');
        let after = text.get(at + word.len()..).and_then(|tail| tail.chars().next()).unwrap_or(' ');
        judge(before, after)
    })
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> usize {
        check(&Tree::of(&[("docs/a.md", text)])).len()
    }

    #[test]
    fn each_word_is_found() {
        for list in [LEFTOVERS, HOSTS, MACHINE] {
            for word in list {
                assert_eq!(found(&format!("see {} there", word.concat())), 1, "{word:?}");
            }
        }
    }

    #[test]
    fn parts_of_longer_words_are_left_alone() {
        let (leftover, machine) = (LEFTOVERS[0].concat(), MACHINE[1].concat());
        let text = format!("{leftover}S docs{machine}a ./tmp{machine} https://x.example{machine}");
        assert_eq!(found(&text), 0);
        assert!(check(&Tree::of(&[("Cargo.lock", &HOSTS[0].concat())])).is_empty());
    }
}
