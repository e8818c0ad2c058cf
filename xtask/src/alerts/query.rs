//! The metrics that a query names. Whether the query is valid is promtool's business.

use std::collections::BTreeSet;

/// Words that a list of labels in parentheses may follow.
const GROUPINGS: &[&str] = &["by", "without", "on", "ignoring", "group_left", "group_right"];
const KEYWORDS: &[&str] = &["and", "or", "unless", "bool", "offset", "inf", "nan"];

/// The names of all series that the query selects.
pub(super) fn metrics(query: &str) -> BTreeSet<String> {
    let brackets = [('"', '"'), ('{', '}'), ('[', ']')];
    let bare =
        brackets.iter().fold(query.to_owned(), |text, (open, close)| without(&text, *open, *close));
    let tokens = tokens(&bare);
    let mut names = BTreeSet::new();
    let mut rest = tokens.iter().peekable();
    while let Some(token) = rest.next() {
        let next = rest.peek().map_or("", |next| next.as_str());
        if GROUPINGS.contains(&token.as_str()) {
            // The labels are no metrics.
            (next == "(").then(|| rest.by_ref().find(|token| *token == ")"));
        } else if is_name(token)
            && !["(", "by", "without"].contains(&next)
            && !KEYWORDS.contains(&token.as_str())
        {
            names.insert(token.clone());
        }
    }
    names
}

/// The text without what stands between brackets. Our texts have no escaped quotation marks.
fn without(text: &str, open: char, close: char) -> String {
    let mut inside = false;
    let mut kept = String::new();
    for c in text.chars() {
        let ends = inside && c == close;
        inside = if ends { false } else { inside || c == open };
        if !inside && !ends {
            kept.push(c);
        }
    }
    kept
}

/// Names, numbers and single signs.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut continues = false;
    for c in text.chars() {
        let is_word = c.is_ascii_alphanumeric() || matches!(c, '_' | ':');
        match tokens.last_mut() {
            Some(last) if is_word && continues => last.push(c),
            _ if c.is_whitespace() => {}
            _ => tokens.push(c.to_string()),
        }
        continues = is_word;
    }
    tokens
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '_' | ':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(query: &str) -> Vec<String> {
        metrics(query).into_iter().collect()
    }

    #[test]
    fn metrics_are_found_and_nothing_else() {
        let query = "histogram_quantile(0.99, sum by (service, le) (rate(a_bucket{route=~\"/v1/{id}/.+\", le=\"b\"}[5m])))\n\
                     > 1.5e3 and on (instance, job) c unless d:rate5m offset 15m / on (slo) group_left () e";
        assert_eq!(found(query), ["a_bucket", "c", "d:rate5m", "e"]);
    }

    #[test]
    fn constants_and_functions_name_no_metric() {
        assert!(found("time() - vector(0.001) > bool 8 * 86400").is_empty());
    }

    #[test]
    fn variables_of_dashboards_are_no_metrics() {
        assert_eq!(
            found("sum(rate(a{service=~\"$service\"}[$__rate_interval])) or vector(0)"),
            ["a"]
        );
    }
}
