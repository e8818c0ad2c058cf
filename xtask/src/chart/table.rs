//! The chart's own table of services and topics.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::Context as _;
use serde_json::Value;

use super::folder;
use super::object::{list, number, text};

/// What is true of a service.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) port: i64,
    /// `services`, `keyring` or empty.
    pub(super) database: String,
    pub(super) events: bool,
    pub(super) redis: bool,
    pub(super) files: bool,
    pub(super) consumes: BTreeSet<String>,
    pub(super) calls: BTreeSet<String>,
    pub(super) secrets: BTreeSet<String>,
}

/// `files/services.yaml`, `files/topics.yaml` and `files/public.yaml`.
pub(super) struct Table {
    pub(super) facts: BTreeMap<String, Facts>,
    pub(super) partitions: BTreeMap<String, i64>,
    /// Each public network and the parts of it that are not public.
    pub(super) public: Vec<(String, BTreeSet<String>)>,
}

impl Table {
    pub(super) fn read() -> anyhow::Result<Self> {
        let services: BTreeMap<String, Value> = yaml("files/services.yaml")?;
        let public: Vec<Value> = yaml("files/public.yaml")?;
        let block =
            |peer: &Value| (text(peer, "/ipBlock/cidr").to_owned(), texts(peer, "/ipBlock/except"));
        Ok(Self {
            facts: services.iter().map(|(name, value)| (name.clone(), facts(value))).collect(),
            partitions: yaml("files/topics.yaml")?,
            public: public.iter().map(block).collect(),
        })
    }

    pub(super) fn services(&self) -> impl Iterator<Item = &str> {
        self.facts.keys().map(String::as_str)
    }

    /// Who calls whom: the table's calls, and everybody the gateway for its key set.
    pub(super) fn edges(&self) -> BTreeSet<(String, String)> {
        let mut edges = BTreeSet::new();
        for (service, facts) in &self.facts {
            let called = facts.calls.iter().map(String::as_str);
            let gateway = (service != "gateway").then_some("gateway");
            edges.extend(called.chain(gateway).map(|called| (service.clone(), called.to_owned())));
        }
        edges
    }
}

fn facts(value: &Value) -> Facts {
    let is = |key: &str| value.get(key).and_then(Value::as_bool).unwrap_or_default();
    Facts {
        port: number(value, "/port"),
        database: text(value, "/database").to_owned(),
        events: is("events"),
        redis: is("redis"),
        files: is("files"),
        consumes: texts(value, "/consumes"),
        calls: texts(value, "/calls"),
        secrets: texts(value, "/secrets"),
    }
}

fn texts(value: &Value, pointer: &str) -> BTreeSet<String> {
    list(value, pointer).filter_map(Value::as_str).map(ToOwned::to_owned).collect()
}

fn yaml<T: serde::de::DeserializeOwned>(name: &str) -> anyhow::Result<T> {
    let text = fs::read_to_string(folder().join(name));
    let text = text.with_context(|| format!("failed to read helm/folkmoot/{name}"))?;
    serde_yaml_ng::from_str(&text).with_context(|| format!("helm/folkmoot/{name}"))
}
