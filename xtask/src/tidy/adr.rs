//! Every decision record says whether it still holds and when it was taken.

use super::Finding;
use super::tree::Tree;

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let records = tree.under("docs/adr").filter(|(path, _)| !path.ends_with("README.md"));
    records.filter_map(|(path, text)| problem(text).map(|says| finding(path, says))).collect()
}

fn finding(path: &str, says: &'static str) -> Finding {
    Finding::new(path, 1, "adr", says)
}

fn problem(text: &str) -> Option<&'static str> {
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name));
    let dated = field("- Date: ").is_some_and(|date| {
        let parts: Vec<usize> = date.split('-').map(str::len).collect();
        parts == [4, 2, 2] && date.chars().all(|c| c.is_ascii_digit() || c == '-')
    });
    let status = field("- Status: ").is_some_and(|status| {
        ["proposed", "accepted"].contains(&status) || status.starts_with("superseded by [")
    });
    match (dated, status) {
        (false, _) => Some("add `- Date: YYYY-MM-DD` below the title"),
        (_, false) => Some("add `- Status: proposed | accepted | superseded by [link]`"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn date_and_status_are_required() {
        assert_eq!(problem("# 1. A\n\n- Status: accepted\n- Date: 2026-11-22\n"), None);
        assert_eq!(
            problem("# 1. A\n\n- Status: superseded by [2](b.md)\n- Date: 2026-11-22\n"),
            None
        );
        assert!(problem("# 1. A\n\n- Status: accepted\n- Date: soon\n").is_some());
        assert!(problem("# 1. A\n\n- Status: nice\n- Date: 2026-11-22\n").is_some());
    }
}
