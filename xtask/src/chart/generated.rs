//! Files that are made from others: the schema of the chart's values and the tables of its README from the annotated
//! values, Kafka's topics and users in `k8s` from the chart's table, and the overlay from the chart.

use std::fs;

use anyhow::Context as _;
use serde_json::{Map, Value, json};

use super::annotated::Annotated;
use super::helm::Helm;
use super::table::Table;
use super::{folder, strimzi};
use crate::{paths, say};

const OVERLAY: &str = "k8s/overlays/standard";

/// Which of the files differ from what they are made from.
pub(super) fn check(helm: &Helm) -> anyhow::Result<Vec<String>> {
    let mut errors = Vec::new();
    for (path, text) in files()?.into_iter().chain([overlay(helm)?]) {
        if fs::read_to_string(paths::root().join(&path)).ok().as_deref() != Some(&text) {
            errors.push(format!("{path} is out of date: run `cargo xtask chart --write`"));
        }
    }
    Ok(errors)
}

/// Makes them. The overlay comes last, since Helm renders nothing that the schema does not allow.
pub(super) fn write(helm: &Helm) -> anyhow::Result<()> {
    for file in files()? {
        put(&file)?;
    }
    put(&overlay(helm)?)
}

fn put((path, text): &(String, String)) -> anyhow::Result<()> {
    fs::write(paths::root().join(path), text).with_context(|| format!("failed to write {path}"))?;
    say::line(format!("wrote {path}"));
    Ok(())
}

fn overlay(helm: &Helm) -> anyhow::Result<(String, String)> {
    let values = paths::root().join(OVERLAY).join("values.yaml");
    Ok((format!("{OVERLAY}/rendered.yaml"), helm.overlay(&values)?))
}

/// Path from the root, and text.
fn files() -> anyhow::Result<Vec<(String, String)>> {
    let values = Annotated::parse(&read("values.yaml")?).context("values.yaml")?;
    let settings =
        Annotated::parse(&read("files/settings.yaml")?).context("files/settings.yaml")?;
    let table = Table::read()?;
    Ok(vec![
        ("helm/folkmoot/values.schema.json".to_owned(), schema(&values, &settings, &table)?),
        ("helm/folkmoot/README.md".to_owned(), readme(&values, &settings)?),
        ("k8s/components/strimzi/topics.yaml".to_owned(), strimzi::topics(&table)),
        ("k8s/components/strimzi/users.yaml".to_owned(), strimzi::users(&table)),
    ])
}

fn read(name: &str) -> anyhow::Result<String> {
    fs::read_to_string(folder().join(name)).with_context(|| format!("failed to read {name}"))
}

fn schema(values: &Annotated, settings: &Annotated, table: &Table) -> anyhow::Result<String> {
    let shared = serde_json::from_str(&read("files/schema.json")?);
    let mut definitions: Map<String, Value> = shared.context("files/schema.json")?;
    definitions.insert("settings".to_owned(), Value::Object(settings.schema()));
    let services =
        table.services().map(|name| (name.to_owned(), json!({"$ref": "#/$defs/settings"})));
    let services: Map<String, Value> = services.collect();
    definitions.insert(
        "services".to_owned(),
        json!({"type": "object", "properties": services, "additionalProperties": false}),
    );
    let mut schema = values.schema();
    schema.insert("$schema".to_owned(), "https://json-schema.org/draft/2020-12/schema".into());
    schema.insert("title".to_owned(), "Values of the chart folkmoot".into());
    schema.insert("$defs".to_owned(), Value::Object(definitions));
    Ok(serde_json::to_string_pretty(&schema)? + "\n")
}

fn readme(values: &Annotated, settings: &Annotated) -> anyhow::Result<String> {
    let text = replace(&read("README.md")?, "values", values)?;
    replace(&text, "settings", settings)
}

/// Puts the table between its two marks.
fn replace(text: &str, name: &str, values: &Annotated) -> anyhow::Result<String> {
    let (open, close) = (format!("<!-- {name} -->\n"), "<!-- end -->");
    let marks = || format!("README.md lacks `<!-- {name} -->` or the `{close}` after it");
    let (before, rest) = text.split_once(&open).with_context(marks)?;
    let (_, after) = rest.split_once(close).with_context(marks)?;
    let rows = values.rows()?.join("\n");
    let head = "| value | default | meaning |\n|---|---|---|\n";
    Ok(format!("{before}{open}{head}{rows}\n{close}{after}"))
}
