//! The settings that containers get, against docs/settings.md.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::chart::helm::Render;
use crate::chart::object::{Object, containers, list, text};
use crate::chart::table::Table;
use crate::paths;

/// The page that lists all settings.
pub(super) struct Page(String);

impl Page {
    pub(super) fn read() -> Self {
        Self(fs::read_to_string(paths::root().join("docs/settings.md")).unwrap_or_default())
    }

    /// A setting's row: its own, or the one for all services.
    fn row(&self, name: &str, table: &Table) -> Option<&str> {
        let row = |name: &str| self.0.lines().find(|it| it.starts_with(&format!("| `{name}` |")));
        let shared = || {
            let rest =
                name.strip_prefix(&format!("FOLKMOOT_{}_", owner(name, table)?.to_uppercase()))?;
            row(&format!("FOLKMOOT_<SERVICE>_{rest}"))
        };
        row(name).or_else(shared)
    }

    pub(super) fn is_secret(&self, name: &str, table: &Table) -> bool {
        self.row(name, table).is_some_and(|row| row.contains("(secret)"))
    }
}

/// The service that a setting is of, by its name.
pub(super) fn owner<'a>(name: &str, table: &'a Table) -> Option<&'a str> {
    table
        .services()
        .find(|service| name.starts_with(&format!("FOLKMOOT_{}_", service.to_uppercase())))
}

fn variables(render: &Render) -> impl Iterator<Item = &Value> {
    let containers = render.objects.iter().filter_map(Object::pod).flat_map(containers);
    containers.flat_map(|container| list(container, "/env"))
}

/// A misspelt setting would be ignored.
pub(super) fn are_documented(render: &Render, table: &Table) -> Vec<String> {
    let page = Page::read();
    let names = variables(render).map(|variable| text(variable, "/name"));
    let unknown = names.filter(|it| it.starts_with("FOLKMOOT_") && page.row(it, table).is_none());
    let unknown: BTreeSet<_> = unknown.collect();
    unknown.into_iter().map(|name| format!("docs/settings.md does not know {name}")).collect()
}

/// A secret comes from a Secret, by itself or put together from variables that do. Whoever may see pods sees texts.
pub(super) fn secrets_are_no_texts(render: &Render, table: &Table) -> Vec<String> {
    let page = Page::read();
    let texts = variables(render).filter(|it| {
        let value = text(it, "/value");
        !value.is_empty() && !value.contains("$(") && page.is_secret(text(it, "/name"), table)
    });
    let names: BTreeSet<_> = texts.map(|variable| text(variable, "/name")).collect();
    names.into_iter().map(|name| format!("{name} is a text in a pod")).collect()
}
