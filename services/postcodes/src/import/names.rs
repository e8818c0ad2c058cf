//! Names of areas, from a folder of look-up files: JSON tables `{"code": "name"}`, and the "names and codes" files that the
//! ONS publishes with its directory.

mod documents;

use std::{collections::HashMap, path::Path};

use anyhow::{Context, bail};
use serde_json::{Map, Value};

use super::source::{children, has_extension};
use crate::dataset::{
    builder::{Builder, Names},
    codes::is_not_applicable,
    kind::Kind,
};

const COUNTRIES: [(&str, &str); 6] = [
    ("E92000001", "England"),
    ("L93000001", "Channel Islands"),
    ("M83000003", "Isle of Man"),
    ("N92000002", "Northern Ireland"),
    ("S92000003", "Scotland"),
    ("W92000004", "Wales"),
];
/// Names of codes that say "not applicable", as in postcodes.io.
const NOT_APPLICABLE: [(Kind, &str, &str); 9] = [
    (Kind::District, "L99999999", "Channel Islands"),
    (Kind::District, "M99999999", "Isle of Man"),
    (Kind::Ward, "L99999999", "Channel Islands (pseudo)"),
    (Kind::Ward, "M99999999", "Isle of Man (pseudo)"),
    (Kind::PrimaryCareTrust, "L99999999", "(pseudo) Channel Islands"),
    (Kind::PoliceForce, "L99999999", "(pseudo) Channel Islands"),
    (Kind::PoliceForce, "M99999999", "(pseudo) Isle of Man"),
    (Kind::PoliceForce, "N99999999", "(pseudo) Northern Ireland"),
    (Kind::Ruc11, "Z9", "(pseudo) Channel Islands/Isle of Man"),
];
/// Keys, in an entry that is an object, of the code of the kind that follows this one.
const FOLLOWING: [&str; 2] = ["code", "ccg19cdh"];

/// The names in the folder, and those that are always known. A table takes precedence over a document.
pub(super) fn load(folder: Option<&Path>) -> anyhow::Result<Names> {
    let mut names = Names::new();
    let files = folder.map(children).transpose()?.unwrap_or_default();
    for file in &files {
        if has_extension(file, "csv") || has_extension(file, "txt") {
            documents::read(file, |kind, code, name| insert(&mut names, kind, code, name))?;
        }
    }
    for file in files.iter().filter(|file| has_extension(file, "json")) {
        let stem = file.file_stem().unwrap_or_default();
        for kind in Kind::ALL {
            if kind.names_files().iter().any(|name| stem == *name) {
                table(file, kind, &mut names)
                    .with_context(|| format!("failed to read the names {}", file.display()))?;
            }
        }
    }
    share(&mut names);
    let countries = COUNTRIES.map(|(code, name)| (Kind::Country, code, name));
    for (kind, code, name) in countries.into_iter().chain(NOT_APPLICABLE) {
        let names = names.entry(kind).or_default();
        names.entry(code.to_owned()).or_insert_with(|| name.to_owned());
    }
    Ok(names)
}

/// The codes without a name, for kinds with some names.
pub(super) fn missing(names: &Names, builder: &Builder) -> Vec<(Kind, usize, String)> {
    let kinds = Kind::ALL.into_iter().filter_map(|kind| {
        let table = names.get(&kind)?;
        table.keys().find(|code| !is_not_applicable(code))?;
        let mut unnamed: Vec<&str> =
            builder.codes(kind).filter(|code| !table.contains_key(*code)).collect();
        unnamed.sort_unstable();
        let first = unnamed.first().copied()?.to_owned();
        Some((kind, unnamed.len(), first))
    });
    kinds.collect()
}

/// Reads one table. A value is a name, null, or an object of a name and the code of the kind that follows.
fn table(file: &Path, kind: Kind, names: &mut Names) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(file)?;
    let table: Map<String, Value> =
        serde_json::from_str(&text).context("it is not a table of code to name")?;
    for (code, value) in table {
        match value {
            Value::Null => {}
            Value::String(name) => insert(names, kind, &code, &name),
            Value::Object(entry) => {
                let text = |key: &str| entry.get(key).and_then(Value::as_str);
                insert(names, kind, &code, text("name").unwrap_or_default());
                let own = FOLLOWING.iter().find_map(|key| text(key));
                for follower in followers(kind) {
                    insert(names, follower, &code, own.unwrap_or_default());
                }
            }
            _ => bail!("the entry {code} must be a name or an object with one"),
        }
    }
    Ok(())
}

/// Shares the names of constituencies with those of 2010; their codes are disjoint.
fn share(names: &mut Names) {
    let current = names.get(&Kind::Constituency).cloned().unwrap_or_default();
    let old = names.entry(Kind::Constituency2010).or_default();
    for (code, name) in current {
        old.entry(code).or_insert(name);
    }
}

fn followers(kind: Kind) -> impl Iterator<Item = Kind> {
    Kind::ALL.into_iter().filter(move |other| other.follows() == Some(kind))
}

fn insert(names: &mut Names, kind: Kind, code: &str, name: &str) {
    if !code.is_empty() && !name.is_empty() {
        let names: &mut HashMap<_, _> = names.entry(kind).or_default();
        names.insert(code.to_owned(), name.to_owned());
    }
}
