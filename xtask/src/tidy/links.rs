//! Links between Markdown files lead somewhere, to the heading too.

use super::Finding;
use super::tree::{Tree, has_extension, numbered};

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.files().filter(|(path, _)| has_extension(path, "md")) {
        for (line, target) in targets(text) {
            let problem = broken(tree, path, text, target);
            findings.extend(problem.map(|says| Finding::new(path, line, "links", says)));
        }
    }
    findings
}

fn broken(tree: &Tree, path: &str, text: &str, target: &str) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let Some(resolved) = resolve(folder, file) else {
        return Some(format!(
            "`{target}` leads out of the repository: make it relative to this file"
        ));
    };
    if !file.is_empty() && !tree.has(&resolved) {
        return Some(format!("`{target}` leads nowhere: {resolved} does not exist"));
    }
    let there = if file.is_empty() { Some(text) } else { tree.text(&resolved) };
    let has_heading = there.is_none_or(|there| headings(there).any(|heading| heading == anchor));
    let checkable = !anchor.is_empty() && (file.is_empty() || has_extension(file, "md"));
    (checkable && !has_heading).then(|| format!("`{target}`: no heading there gives `#{anchor}`"))
}

fn resolve(folder: &str, file: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in file.split('/') {
        match part {
            "" if file.starts_with('/') => return None,
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

/// Targets of `[text](target "title")` outside code.
fn targets(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for (number, line) in prose(text) {
        // Odd pieces between backticks are code.
        for (at, _) in line.match_indices("](") {
            let (before, after) = line.split_at_checked(at).unwrap_or_default();
            let target = after.get(2..).and_then(|rest| rest.split([')', ' ']).next());
            if before.matches('`').count() % 2 == 0 {
                found.extend(target.map(|target| (number, target)));
            }
        }
    }
    found
}

/// Lines outside fenced blocks.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    numbered(text).filter(move |(_, line)| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fenced && !fence
    })
}

/// Headings as the anchors that Git hosts make of them.
fn headings(text: &str) -> impl Iterator<Item = String> {
    prose(text).filter(|(_, line)| line.starts_with('#')).map(|(_, line)| {
        let title = line.trim_start_matches('#').trim().to_lowercase();
        let kept = title.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> usize {
        check(&Tree::of(&[("docs/a.md", text), ("docs/b.md", "# One, two\n"), ("README.md", "")]))
            .len()
    }

    #[test]
    fn broken_links_and_anchors_are_found() {
        assert_eq!(found("[a](c.md) [b](b.md#three)\n[c](/docs/b.md) [d](../../x.md)\n"), 4);
    }

    #[test]
    fn good_links_and_code_are_left_alone() {
        let text = "# Here\n[a](b.md#one-two) [b](../README.md) [c](#here) [d](../docs) [e](https://x.example)\n`[f](no.md)`\n```\n[g](no.md)\n```\n";
        assert_eq!(found(text), 0);
    }
}
