//! Reads the URLs of a service from its `src/routes.rs`: calls such as `.get("/v1/x", scope, handler)`.

use super::source::Source;

const METHODS: &[&str] = &["get", "post", "put", "patch", "delete"];
/// Names of `kit::http::routes::Routes` for a POST that takes no idempotency key.
const UNKEYED_POSTS: &[&str] = &["query", "unkeyed_post"];

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Route {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) line: usize,
    /// Whether it is a POST that acts once per idempotency key.
    pub(crate) keyed: bool,
    /// Second argument, as written; none for actix's own form.
    pub(crate) access: Option<String>,
}

pub(crate) fn read(text: &str) -> Vec<Route> {
    let source = Source::read("routes.rs", text);
    let mut found = Vec::new();
    for (at, _) in source.spoken.match_indices('.') {
        let (before, rest) = source.spoken.split_at_checked(at).unwrap_or_default();
        let line = 1 + before.matches('\n').count();
        if !source.is_test(line) {
            found.extend(call(rest, line));
        }
    }
    found
}

/// `.get("/path", access, …` at the beginning of `rest`, or actix's `.route("/path", web::get()…`.
fn call(rest: &str, line: usize) -> Option<Route> {
    let (name, arguments) = rest.strip_prefix('.')?.split_once('(')?;
    let (path, after) = arguments.trim_start().strip_prefix('"')?.split_once('"')?;
    if !path.starts_with('/') {
        return None;
    }
    let path = plain(path);
    if name == "route" {
        let (_, verb) = after.split_once("web::")?;
        let method = METHODS.iter().find(|method| verb.starts_with(&format!("{method}()")))?;
        let method = method.to_uppercase();
        return Some(Route { method, path, line, keyed: false, access: None });
    }
    let verb = if UNKEYED_POSTS.contains(&name) { "post" } else { name };
    let method = METHODS.iter().find(|method| **method == verb)?.to_uppercase();
    let access = argument(after.strip_prefix(',').unwrap_or_default());
    Some(Route { method, path, line, keyed: name == "post", access })
}

/// The text up to the next comma or bracket that closes the call.
fn argument(text: &str) -> Option<String> {
    let mut depth = 0_u32;
    for (at, c) in text.char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ',' if depth == 0 => return text.get(..at).map(|found| found.trim().to_owned()),
            ')' | ']' | '}' if depth == 0 => return None,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Paths without actix's patterns: `{tail:.*}` is `{tail}`.
pub(crate) fn plain(path: &str) -> String {
    let mut out = String::new();
    let mut skipping = false;
    for c in path.chars() {
        skipping = (skipping || (c == ':' && out.contains('{'))) && c != '}';
        if !skipping {
            out.push(c);
        }
    }
    out
}

/// What two spellings of one access have in common: `Scope::CampaignsWrite` is `campaigns:write`.
pub(crate) fn access_word(access: &str) -> String {
    let quoted = access.split('"').nth(1);
    let last = quoted.unwrap_or_else(|| access.rsplit("::").next().unwrap_or(access));
    let letters = last.split('(').next().unwrap_or(last).chars();
    letters.filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_post_is_a_post_and_only_the_plain_one_takes_a_key() {
        let text = "fn r(r: R) {\n r.post(\"/v1/a\", A, f)\n .query(\"/v1/b\", A, f)\n .unkeyed_post(\"/v1/c\", A, f);\n}\n";
        let found = read(text);
        assert!(found.iter().all(|route| route.method == "POST"), "{found:?}");
        assert_eq!(found.iter().map(|route| route.keyed).collect::<Vec<_>>(), [true, false, false]);
    }

    #[test]
    fn both_forms_are_read_over_line_breaks() {
        let text = "//! `.get(\"/no\")`\nfn r(r: R) {\n r.get(\"/v1/a\", Scope::CampaignsRead, a::http::list)\n .post(\n  \"/v1/a/{id}\",\n  scope(\"a:write\"),\n  f,\n )\n .route(\"/v1/b/{tail:.*}\", web::put().to(g));\n}\n";
        let found = read(text);
        let shown: Vec<String> =
            found.iter().map(|r| format!("{} {} {}", r.method, r.path, r.line)).collect();
        assert_eq!(shown, ["GET /v1/a 3", "POST /v1/a/{id} 4", "PUT /v1/b/{tail} 9"]);
        let words: Vec<String> =
            found.iter().filter_map(|r| r.access.as_deref().map(access_word)).collect();
        assert_eq!(words, [access_word("campaigns:read"), access_word("a:write")]);
    }
}
