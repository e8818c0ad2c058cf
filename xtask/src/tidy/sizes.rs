//! Files stay short enough to be read whole, and each opens with what it is for.

use super::Finding;
use super::tree::Tree;

const WARN_ABOVE: usize = 300;
const FAIL_ABOVE: usize = 500;

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    // schema.rs is as long as the schema is; testkit's `schema::assert_matches` compares the two.
    let files = tree.rust().filter(|(path, _)| !path.ends_with("/schema.rs"));
    files.flat_map(|(path, text)| [length(path, text), opening(path, text)]).flatten().collect()
}

fn length(path: &str, text: &str) -> Option<Finding> {
    let lines = text.lines().count();
    let says = format!("{lines} lines: split the file by what its parts are about");
    if lines > FAIL_ABOVE {
        return Some(Finding::new(path, FAIL_ABOVE + 1, "sizes", says));
    }
    let finding = || Finding::new(path, WARN_ABOVE + 1, "sizes", says).into_warning();
    (lines > WARN_ABOVE).then(finding)
}

fn opening(path: &str, text: &str) -> Option<Finding> {
    let says = "begin the file with `//!`: what it owns and what it refuses";
    (!text.starts_with("//!")).then(|| Finding::new(path, 1, "sizes", says))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<Finding> {
        check(&Tree::of(&[(path, text)]))
    }

    #[test]
    fn a_long_file_and_a_nameless_file_are_found() {
        let long = format!("//! Long.\n{}", "\n".repeat(500));
        assert_eq!(found("a/src/lib.rs", &long).first().unwrap().line, 501);
        assert_eq!(found("a/src/lib.rs", "fn a() {}\n").len(), 1);
    }

    #[test]
    fn a_short_file_and_a_schema_are_left_alone() {
        assert!(found("a/src/lib.rs", "//! Short.\n").is_empty());
        assert!(found("a/src/schema.rs", &"\n".repeat(900)).is_empty());
    }
}
