//! Every file of a service belongs to a room, and uses only what that room allows (the table of docs/STYLE.md).
//!
//! The room is the last name on the file's path that is one: `actions/store.rs` and its part `actions/store/erasure.rs`
//! are both `store`. A file of a noun under no such name is part of its domain.

use super::Finding;
use super::source::{PathUse, Source};
use super::tree::Tree;

/// What a room must not use, and where the work belongs instead.
struct Room {
    name: &'static str,
    /// First segments of forbidden paths.
    crates: &'static [&'static str],
    /// Sibling rooms and modules of the service that are out of reach.
    rooms: &'static [&'static str],
    /// Text that must not occur in the code.
    words: &'static [&'static str],
    says: &'static str,
}

/// The room of files that belong to no other.
const DOMAIN: &str = "domain";
/// The room of all files of the program that runs the services.
const COMMANDS: &str = "commands";

const ROOMS: &[Room] = &[
    Room {
        name: "mod",
        crates: &[],
        rooms: &[],
        words: &["fn "],
        says: "mod.rs declares the files of its folder; code belongs in one of them",
    },
    Room {
        name: "lib",
        crates: &["diesel", "diesel_async", "actix_web", "reqwest"],
        rooms: &["schema", "store"],
        words: &[".tx(", ".system_tx("],
        says: "lib.rs lists the parts of the service for the kit",
    },
    Room {
        name: "app",
        crates: &["diesel", "diesel_async", "actix_web"],
        rooms: &["http", "routes", "schema", "consumers", "jobs"],
        words: &[".tx(", ".system_tx("],
        says: "app.rs builds what every handler, consumer and job is given",
    },
    Room {
        name: "config",
        crates: &["diesel", "diesel_async", "actix_web", "reqwest", "rdkafka"],
        rooms: &["http", "ops", "store", "routes", "schema", "consumers", "jobs", "app"],
        words: &["async ", ".await"],
        says: "config.rs reads settings",
    },
    Room {
        name: "error",
        crates: &["diesel_async", "reqwest", "rdkafka"],
        rooms: &["http", "ops", "store", "routes", "schema", "consumers", "jobs", "app"],
        words: &["async ", ".await"],
        says: "error.rs is the table from errors to problems",
    },
    Room {
        name: "schema",
        crates: &["actix_web", "kit", "contracts", "diesel_async"],
        rooms: &[],
        words: &["fn "],
        says: "schema.rs has the tables and nothing else",
    },
    Room {
        name: "routes",
        crates: &["diesel", "diesel_async", "rdkafka", "reqwest", "serde_json", "contracts"],
        rooms: &["ops", "store", "domain", "events", "schema", "consumers", "jobs"],
        words: &[".tx(", ".system_tx("],
        says: "routes.rs names URLs and `<noun>::http` functions only",
    },
    Room {
        name: "http",
        crates: &["diesel", "diesel_async", "rdkafka", "reqwest"],
        rooms: &["schema", "routes", "consumers", "jobs"],
        words: &[],
        says: "http translates; SQL belongs in store, calls to others in client, events leave through ops",
    },
    Room {
        name: "workflow",
        crates: &["actix_web", "reqwest", "diesel", "diesel_async", "rdkafka"],
        rooms: &["http", "routes", "schema", "consumers", "jobs"],
        words: &[],
        says: "workflow orders transactions and calls to others: SQL is store's, HTTP is http's and client's",
    },
    Room {
        name: "ops",
        crates: &["actix_web", "reqwest", "diesel", "diesel_async", "rdkafka"],
        rooms: &["http", "routes", "schema", "consumers", "jobs", "app", "client", "workflow"],
        words: &[".tx(", ".system_tx("],
        says: "ops runs in the transaction it is given: opening it and calling others is the edge's and workflow's work, SQL is store's",
    },
    Room {
        name: "store",
        crates: &["actix_web", "reqwest", "rdkafka", "contracts"],
        rooms: &[
            "http",
            "ops",
            "events",
            "routes",
            "consumers",
            "jobs",
            "app",
            "client",
            "workflow",
        ],
        words: &[".tx(", ".system_tx("],
        says: "store holds queries on a connection it is given, and returns domain types",
    },
    Room {
        name: "events",
        crates: &["actix_web", "reqwest", "rdkafka", "diesel", "diesel_async"],
        rooms: &[
            "http",
            "ops",
            "store",
            "routes",
            "schema",
            "consumers",
            "jobs",
            "app",
            "client",
            "workflow",
        ],
        words: &[".await"],
        says: "events turns domain types into contracts, and nothing else",
    },
    Room {
        name: "client",
        crates: &["actix_web", "diesel", "diesel_async", "rdkafka"],
        rooms: &["http", "ops", "store", "events", "routes", "schema", "consumers", "jobs"],
        words: &[".tx(", ".system_tx("],
        says: "client speaks to other programs over the network and does nothing else",
    },
    Room {
        name: "server",
        crates: &["diesel", "diesel_async", "rdkafka", "reqwest"],
        rooms: &["ops", "store", "events", "routes", "schema", "consumers", "jobs"],
        words: &[".tx(", ".system_tx("],
        says: "server speaks a protocol to whoever connects, beside the routes",
    },
    Room {
        name: "cache",
        crates: &["actix_web", "diesel", "diesel_async", "rdkafka", "reqwest"],
        rooms: &["http", "ops", "events", "routes", "schema", "consumers", "jobs"],
        words: &[],
        says: "cache keeps in memory or Redis what can be had again",
    },
    Room {
        name: "file",
        crates: &["actix_web", "diesel", "diesel_async", "rdkafka", "reqwest"],
        rooms: &["http", "ops", "store", "events", "routes", "schema", "consumers", "jobs"],
        words: &["async ", ".await"],
        says: "file reads and writes files on disk, and nothing else",
    },
    Room {
        name: "import",
        crates: &["actix_web", "diesel", "diesel_async", "rdkafka", "reqwest"],
        rooms: &["http", "ops", "store", "events", "routes", "schema", "consumers", "jobs", "app"],
        words: &["async ", ".await"],
        says: "import turns published files into ours, for a command and not for the running service",
    },
    Room {
        name: "consumers",
        crates: &["diesel", "diesel_async", "actix_web", "reqwest"],
        rooms: &["http", "routes", "schema"],
        words: &[],
        says: "consumers.rs turns an event into a command and calls ops",
    },
    Room {
        name: "jobs",
        crates: &["diesel", "diesel_async", "actix_web", "reqwest"],
        rooms: &["http", "routes", "schema"],
        words: &[],
        says: "jobs.rs starts periodic work and calls ops or workflow",
    },
    Room {
        name: COMMANDS,
        crates: &["actix_web", "diesel", "diesel_async", "rdkafka"],
        rooms: &["schema"],
        words: &[],
        says: "the program starts services and has commands; what they do belongs in the services",
    },
    Room {
        name: DOMAIN,
        crates: &[
            "diesel",
            "diesel_async",
            "actix_web",
            "serde_json",
            "reqwest",
            "rdkafka",
            "redis",
            "tokio",
            "memmap2",
        ],
        rooms: &[
            "http",
            "ops",
            "store",
            "events",
            "routes",
            "schema",
            "consumers",
            "jobs",
            "app",
            "client",
            "workflow",
        ],
        words: &["async ", ".await", "std::fs", "std::net::Tcp", ".tx(", ".system_tx("],
        says: "domain decides: pure, sync, no IO; a file that needs more belongs under the name of another room",
    },
];

/// Crates with modules that happen to bear the name of a room (`std::ops`, `kit::http`).
const FOREIGN: &[&str] = &["std", "core", "kit", "contracts", "testkit", "actix_web", "hyper"];

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let sources = tree.rust().filter_map(|(path, text)| Some((path, text, inside(path)?)));
    sources
        .flat_map(|(path, text, inside)| {
            let is_program = path.starts_with("services/suite/");
            let name = if is_program { COMMANDS } else { room_of(inside) };
            let room = ROOMS.iter().find(|room| room.name == name);
            room.map(|room| offences(room, path, text)).unwrap_or_default()
        })
        .collect()
}

/// The path of a service's source below its `src`.
fn inside(path: &str) -> Option<&str> {
    let (_, rest) = path.strip_prefix("services/")?.split_once('/')?;
    rest.strip_prefix("src/")
}

/// The last name on the path that is a room's.
fn room_of(inside: &str) -> &str {
    let names = inside.strip_suffix(".rs").unwrap_or(inside).split('/').rev();
    let is_room = |name: &&str| ROOMS.iter().any(|room| room.name == *name);
    names.into_iter().find(is_room).unwrap_or(DOMAIN)
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
