//! Every file of a service belongs to a room, and uses only what that room allows (the table of docs/STYLE.md).
//!
//! The room is the last name on the file's path that is one: `actions/store.rs` and its part `actions/store/erasure.rs`
//! are both `store`. A file of a noun under no such name is part of its domain.

mod table;

use self::table::{COMMANDS, DOMAIN, ROOMS, Room};
use super::Finding;
use super::source::{PathUse, Source};
use super::tree::Tree;

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
