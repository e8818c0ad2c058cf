//! The words of docs/STYLE.md that have a plainer one in this project, in code, comments, documents and API descriptions.

use super::Finding;
use super::tree::{Tree, numbered};

/// What not to write, and what to write instead. Built from halves, so that this file does not find itself.
const WORDS: &[([&str; 2], &str)] = &[
    (["to", "ld"], "report, return, print or notify"),
    (["tel", "ls"], "report, return, print or notify"),
    (["fau", "lt"], "error or invalid field"),
    (["fau", "lts"], "errors or invalid fields"),
    (["an", "ew"], "again"),
    (["mai", "ls"], "emails or messages"),
    (["bu", "ry"], "move to the dead-letter topic"),
    (["bur", "ied"], "moved to the dead-letter topic"),
    (["put as", "ide"], "moved to the dead-letter topic"),
    (["let ", "go"], "close or shut down"),
    (["in capi", "tals"], "in upper case"),
    (["by ", "lot"], "at random"),
    (["any mo", "re"], "no longer"),
    (["of ou", "rs"], "our"),
    (["nobody ", "knows"], "unknown"),
];

/// Quotations, history, and the page that lists the words.
const NOT_OURS: &[&str] = &[
    "docs/STYLE.md",
    "docs/promises.md",
    "docs/performance/history.md",
    "CHANGELOG.md",
    "Cargo.lock",
];

/// Names that dashboards use.
const METRICS: &[&str] = &["folkmoot_mails_total"];

const KINDS: &[&str] = &["rs", "md", "yaml", "sh", "py", "html", "toml"];

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let is_read = |path: &str| {
        !NOT_OURS.contains(&path) && KINDS.iter().any(|kind| super::tree::has_extension(path, kind))
    };
    let files = tree.files().filter(|(path, _)| is_read(path));
    files
        .flat_map(|(path, text)| numbered(text).flat_map(|(line, text)| words(path, line, text)))
        .collect()
}

fn words(path: &str, line: usize, text: &str) -> Vec<Finding> {
    let text = METRICS.iter().fold(text.to_lowercase(), |text, name| text.replace(name, ""));
    let text = text.replace('_', " ");
    let found = WORDS.iter().map(|(word, better)| (word.concat(), better));
    let found = found.filter(|(word, _)| super::words::occurs(&text, word, is_separate));
    found
        .map(|(word, better)| {
            Finding::new(path, line, "language", format!("`{word}`: write {better}"))
        })
        .collect()
}

fn is_separate(before: char, after: char) -> bool {
    !before.is_alphanumeric() && !after.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        check(&Tree::of(&[(path, text)])).iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn words_are_found_in_comments_names_and_documents() {
        let word = ["to", "ld"].concat();
        let text = format!("// Clients are {word}.\nfn it_is_{word}() {{}}\nlet default = 1;\n");
        assert_eq!(lines("libs/kit/src/a.rs", &text), [1, 2]);
        assert_eq!(lines("docs/a.md", &format!("Who is\n{}, knows", word.to_uppercase())), [2]);
        assert!(lines("docs/STYLE.md", &word).is_empty());
    }
}
