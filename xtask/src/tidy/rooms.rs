//! Each room of a service uses only what its place in the slice allows (the table of docs/STYLE.md).

use super::Finding;
use super::source::{PathUse, Source};
use super::tree::Tree;

/// What a room must not use, and where the work belongs instead.
struct Room {
    file: &'static str,
    /// First segments of forbidden paths.
    crates: &'static [&'static str],
    /// Sibling rooms and modules of the service that are out of reach.
    rooms: &'static [&'static str],
    /// Text that must not occur in the code.
    words: &'static [&'static str],
    says: &'static str,
}

const ROOMS: &[Room] = &[
    Room {
        file: "routes.rs",
        crates: &["diesel", "diesel_async", "rdkafka", "reqwest", "serde_json", "contracts"],
        rooms: &["ops", "store", "domain", "events", "schema", "consumers", "jobs"],
        words: &[".tx(", ".system_tx("],
        says: "routes.rs names URLs and `<noun>::http` functions only",
    },
    Room {
        file: "http.rs",
        crates: &["diesel", "diesel_async", "rdkafka"],
        rooms: &["schema", "routes", "consumers", "jobs"],
        words: &[],
        says: "http.rs translates; SQL belongs in store.rs, facts leave through ops.rs",
    },
    Room {
        file: "ops.rs",
        crates: &["actix_web", "reqwest", "diesel", "diesel_async", "rdkafka"],
        rooms: &["http", "routes", "schema", "consumers", "jobs"],
        words: &[".tx(", ".system_tx("],
        says: "ops.rs runs in the transaction it is given: HTTP and opening it are the edge's work, SQL is store.rs's",
    },
    Room {
        file: "domain.rs",
        crates: &[
            "diesel",
            "diesel_async",
            "actix_web",
            "serde_json",
            "reqwest",
            "rdkafka",
            "tokio",
        ],
        rooms: &["http", "ops", "store", "events", "routes", "schema", "consumers", "jobs"],
        words: &["async ", ".await"],
        says: "domain.rs decides: pure, sync, no IO",
    },
    Room {
        file: "store.rs",
        crates: &["actix_web", "reqwest", "rdkafka", "contracts"],
        rooms: &["http", "ops", "events", "routes", "consumers", "jobs"],
        words: &[".tx(", ".system_tx("],
        says: "store.rs holds queries on a connection it is given, and returns domain types",
    },
    Room {
        file: "events.rs",
        crates: &["actix_web", "reqwest", "rdkafka", "diesel", "diesel_async"],
        rooms: &["http", "ops", "store", "routes", "schema", "consumers", "jobs"],
        words: &[".await"],
        says: "events.rs turns domain types into contracts, and nothing else",
    },
    Room {
        file: "consumers.rs",
        crates: &["diesel", "diesel_async", "actix_web"],
        rooms: &["http", "routes", "schema"],
        words: &[],
        says: "consumers.rs turns an event into a command and calls ops",
    },
    Room {
        file: "jobs.rs",
        crates: &["diesel", "diesel_async", "actix_web"],
        rooms: &["http", "routes", "schema"],
        words: &[],
        says: "jobs.rs starts periodic work and calls ops",
    },
];

/// Crates with modules that happen to bear the name of a room (`std::ops`, `kit::http`).
const FOREIGN: &[&str] = &["std", "core", "kit", "contracts", "testkit", "actix_web", "hyper"];

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.rust().filter(|(path, _)| is_service_source(path)) {
        let name = path.rsplit('/').next().unwrap_or_default();
        for room in ROOMS.iter().filter(|room| room.file == name) {
            findings.extend(offences(room, path, text));
        }
    }
    findings
}

fn is_service_source(path: &str) -> bool {
    path.strip_prefix("services/")
        .and_then(|rest| rest.split_once('/'))
        .is_some_and(|(_, rest)| rest.starts_with("src/"))
}

fn offences(room: &Room, path: &str, text: &str) -> Vec<Finding> {
    let source = Source::read(path, text);
    let finding = |line, what: &str| {
        Finding::new(path, line, "rooms", format!("`{what}` has no place here: {}", room.says))
    };
    let paths = source.paths();
    let by_path = paths
        .iter()
        .filter(|used| !source.is_test(used.line) && is_forbidden(room, used))
        .map(|used| finding(used.line, &used.segments.join("::")));
    let lines = super::tree::numbered(&source.code).filter(|(line, _)| !source.is_test(*line));
    let by_word = lines.flat_map(|(line, code)| {
        let words = room.words.iter().filter(move |word| code.contains(**word));
        words.map(move |word| finding(line, word.trim()))
    });
    by_path.chain(by_word).collect()
}

fn is_forbidden(room: &Room, used: &PathUse) -> bool {
    let Some(first) = used.segments.first().map(String::as_str) else { return false };
    // Names of scopes and services are words that every room may use.
    let is_name = matches!(used.segments.get(1).map(String::as_str), Some("scopes" | "services"));
    if room.crates.contains(&first) {
        return !(first == "contracts" && is_name);
    }
    let is_room = |segment: &String| room.rooms.contains(&segment.as_str());
    !FOREIGN.contains(&first) && used.segments.iter().any(is_room)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(room: &str, text: &str) -> Vec<usize> {
        let path = format!("services/campaigns/src/actions/{room}");
        check(&Tree::of(&[(&path, text)])).iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn every_room_has_a_forbidden_import_that_is_found() {
        assert_eq!(lines("routes.rs", "use crate::actions::{http, ops};"), [1]);
        assert_eq!(
            lines("http.rs", "use diesel::prelude::*;\nuse crate::schema::actions;"),
            [1, 2]
        );
        assert_eq!(lines("ops.rs", "use actix_web::web;\nfn f() { app.db.tx(1) }"), [1, 2]);
        assert_eq!(lines("domain.rs", "use serde_json::Value;\nasync fn f() {}"), [1, 2]);
        assert_eq!(lines("store.rs", "fn f() { super::events::added() }"), [1]);
        assert_eq!(lines("events.rs", "fn f() { store::by_id() }"), [1]);
        assert_eq!(lines("consumers.rs", "use crate::actions::http;"), [1]);
        assert_eq!(lines("jobs.rs", "use diesel::sql_query;"), [1]);
    }

    #[test]
    fn the_allowed_arrows_are_left_alone() {
        assert!(lines("routes.rs", "use crate::actions::http;\nuse kit::http::Routes;").is_empty());
        assert!(
            lines("ops.rs", "use std::ops::Range;\nuse super::{domain, events, store};").is_empty()
        );
        assert!(
            lines("store.rs", "use diesel::prelude::*;\nuse crate::schema::actions;").is_empty()
        );
        let tested = "fn f() {}\n#[cfg(test)]\nmod tests {\n use serde_json::json;\n}\n";
        assert!(lines("domain.rs", tested).is_empty());
    }
}
