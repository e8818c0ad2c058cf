//! Tests run in parallel on any machine: no order, no waiting on time, no fixed ports, one binary per crate.

use super::Finding;
use super::source::Source;
use super::tree::{Tree, numbered};

/// Words of test code and what to write instead.
const BANNED: &[(&str, &str)] = &[
    ("#[serial", "give the test its own schema, topic and clock instead of an order"),
    ("serial_test", "give the test its own schema, topic and clock instead of an order"),
    ("sleep(", "wait on a state with testkit's `eventually`, or move the clock"),
];
/// Beginnings of the suite's own ports, each followed by two more digits.
const PORTS: &[&str] = &["80", "81", "91"];

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.rust() {
        findings.extend(one_binary(tree, path));
        let source = Source::read(path, text);
        let lines = numbered(&source.code).filter(|(line, _)| source.is_test(*line));
        for (line, code) in lines {
            let banned = BANNED.iter().filter(|(word, _)| code.contains(word));
            findings.extend(banned.map(|(word, instead)| {
                Finding::new(path, line, "testing", format!("`{word}` in a test: {instead}"))
            }));
        }
        let literals = source.literals.iter().filter(|(line, _)| source.is_test(*line));
        for (line, _) in literals.filter(|(_, literal)| has_fixed_port(literal)) {
            let says = "a fixed port in a test: bind port 0 and ask which one was given";
            findings.push(Finding::new(path, *line, "testing", says));
        }
    }
    findings
}

fn has_fixed_port(literal: &str) -> bool {
    literal.split(':').skip(1).any(|after| {
        let digits = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        digits == 4 && PORTS.iter().any(|beginning| after.starts_with(beginning))
    })
}

fn one_binary(tree: &Tree, path: &str) -> Option<Finding> {
    let (krate, rest) = path.split_once("/tests/")?;
    tree.text(&format!("{krate}/Cargo.toml"))?;
    let is_root = !rest.contains('/');
    let is_other =
        rest.ends_with("/main.rs") && rest != "it/main.rs" && rest.matches('/').count() == 1;
    let says = "one test binary per crate: make it a module of tests/it/main.rs";
    (is_root || is_other).then(|| Finding::new(path, 1, "testing", says))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        let tree = Tree::of(&[("libs/kit/Cargo.toml", ""), (path, text)]);
        check(&tree).iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn order_waiting_and_ports_are_found_in_tests_only() {
        let port = format!("\"127.0.0.1:{}\"", 8080);
        let text = format!("#[serial]\nfn a() {{\n sleep(1);\n bind({port});\n}}\n");
        assert_eq!(lines("libs/kit/tests/it/a.rs", &text), [1, 3, 4]);
        assert_eq!(lines("libs/kit/src/a.rs", &text), [0_usize; 0]);
        let module = format!("fn a() {{}}\n#[cfg(test)]\nmod tests {{\n{text}}}\n");
        assert_eq!(lines("libs/kit/src/a.rs", &module), [4, 6, 7]);
    }

    #[test]
    fn a_second_binary_is_found() {
        assert_eq!(lines("libs/kit/tests/outbox.rs", "").len(), 1);
        assert_eq!(lines("libs/kit/tests/slow/main.rs", "").len(), 1);
    }

    #[test]
    fn a_clean_test_passes() {
        let text =
            "fn a() {\n bind(\"127.0.0.1:0\");\n say(\"no sleep( in words, 12:80800\");\n}\n";
        assert!(lines("libs/kit/tests/it/main.rs", text).is_empty());
    }
}
