//! Names of areas, from a folder of look-up files `{"code": "name"}`.

use std::collections::HashMap;
use std::path::Path;

use anyhow::Context;

use crate::dataset::builder::Names;
use crate::dataset::kind::Kind;

/// The countries, which are few enough to stand here.
const COUNTRIES: [(&str, &str); 6] = [
    ("E92000001", "England"),
    ("L93000001", "Channel Islands"),
    ("M83000003", "Isle of Man"),
    ("N92000002", "Northern Ireland"),
    ("S92000003", "Scotland"),
    ("W92000004", "Wales"),
];

/// The names of every kind whose file ([`Kind::names_file`]) is in the folder, and the countries.
pub(super) fn load(folder: Option<&Path>) -> anyhow::Result<Names> {
    let mut names = Names::new();
    for kind in Kind::ALL {
        let Some(file) = folder.zip(kind.names_file()).map(|(folder, file)| folder.join(file))
        else {
            continue;
        };
        if !file.exists() {
            continue;
        }
        let text = std::fs::read_to_string(&file)
            .with_context(|| format!("cannot read the names {}", file.display()))?;
        // Some published tables hold null for a code without a name.
        let table: HashMap<String, Option<String>> = serde_json::from_str(&text)
            .with_context(|| format!("{} is no table of code to name", file.display()))?;
        names.insert(
            kind,
            table.into_iter().filter_map(|(code, name)| Some((code, name?))).collect(),
        );
    }
    let countries = names.entry(Kind::Country).or_default();
    for (code, name) in COUNTRIES {
        countries.entry(code.to_owned()).or_insert_with(|| name.to_owned());
    }
    Ok(names)
}
