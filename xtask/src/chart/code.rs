//! Holds the chart's table to the code: ports, databases, topics, calls and secrets are read from the sources.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::table::{Facts, Table};
use crate::paths;

/// What differs, one line each.
pub(super) fn compare(table: &Table) -> anyhow::Result<Vec<String>> {
    let mut errors = Vec::new();
    let code = services()?;
    for name in code.keys().chain(table.facts.keys()).collect::<BTreeSet<_>>() {
        if code.get(name) != table.facts.get(name) {
            errors.push(format!(
                "files/services.yaml differs from the code in {name}:\n  code  {:?}\n  chart {:?}",
                code.get(name),
                table.facts.get(name)
            ));
        }
    }
    let events = read("libs/contracts/src/event.rs")?;
    let times = ["WITHIN_SEVEN_DAYS: i64 = 143;", "SEGMENT_HOURS: i64 = 24;"];
    let alike = events.matches("retention_hours: WITHIN_SEVEN_DAYS").count();
    if times.iter().any(|time| !events.contains(time)) || alike != table.partitions.len() {
        errors.push(
            "xtask/src/chart/strimzi.rs: retention periods of topics have changed".to_owned(),
        );
    }
    let topics = topics(&events);
    if topics != table.partitions {
        errors.push(format!("files/topics.yaml differs from contracts::TOPICS: {topics:?}"));
    }
    let public = networks_of(&read("services/webhooks/src/sending/guard.rs")?);
    if public != table.public {
        errors.push(format!("files/public.yaml differs from webhooks' own list: {public:?}"));
    }
    errors.extend(version()?);
    Ok(errors)
}

fn read(path: &str) -> anyhow::Result<String> {
    fs::read_to_string(paths::root().join(path)).with_context(|| format!("failed to read {path}"))
}

/// The chart installs the version that this repository builds.
fn version() -> anyhow::Result<Option<String>> {
    let (chart, workspace) = (read("helm/folkmoot/Chart.yaml")?, read("Cargo.toml")?);
    let installs = chart.lines().find_map(|line| line.strip_prefix("appVersion: "));
    let builds = workspace.lines().find_map(|line| line.strip_prefix("version = "));
    let builds = builds.map(|version| version.trim_matches('"'));
    Ok((installs != builds).then(|| format!("Chart.yaml: appVersion is not {builds:?}")))
}

fn services() -> anyhow::Result<BTreeMap<String, Facts>> {
    let list = read("libs/contracts/src/services.rs")?;
    let topics = event_topics(&paths::root().join("libs/contracts/src"))?;
    let mut services = BTreeMap::new();
    for part in list.split("Address::new(\"").skip(1) {
        let (name, rest) = part.split_once('"').unwrap_or((part, ""));
        let port = rest.trim_start_matches([',', ' ']).split(')').next().unwrap_or_default();
        let port = port.parse().with_context(|| format!("the port of {name}"))?;
        let folder = paths::root().join("services").join(name).join("src");
        let sources = Sources::read(&folder)?;
        services.insert(name.to_owned(), facts(name, port, &sources, &topics));
    }
    Ok(services)
}

fn facts(name: &str, port: i64, sources: &Sources, topics: &BTreeMap<String, String>) -> Facts {
    let (lib, config) = (sources.file("lib.rs"), sources.file("config.rs"));
    let has_schema = lib.contains("fn migrations()");
    let database = match name {
        _ if !has_schema => "",
        "keyring" => "keyring",
        _ => "services",
    };
    let readers = [".secret(\"", "ServiceKey::from_env(env, \""];
    let secrets = readers.iter().flat_map(|reader| after(config, reader));
    let mut secrets: BTreeSet<String> = secrets.map(ToOwned::to_owned).collect();
    let redis = secrets.remove("REDIS_URL");
    let received = sources.file("consumers.rs").split("Received<").skip(1);
    let received = received.filter_map(|rest| topics.get(rest.split('>').next()?));
    Facts {
        port,
        database: database.to_owned(),
        events: has_schema && !lib.contains("USES_EVENTS: bool = false"),
        redis,
        files: config.contains("PathBuf::from"),
        consumes: received.cloned().collect(),
        calls: calls(sources),
        secrets,
    }
}

/// The services that a service has clients for.
fn calls(sources: &Sources) -> BTreeSet<String> {
    let mut calls = BTreeSet::new();
    for text in sources.0.values() {
        for client in ["peer(\"", "peer_check(\""] {
            calls.extend(after(text, client).map(ToOwned::to_owned));
        }
        for list in text.split("checks(&[").skip(1) {
            let list = list.split(']').next().unwrap_or_default();
            calls.extend(list.split('"').skip(1).step_by(2).map(ToOwned::to_owned));
        }
        if text.contains(".keyring()?") {
            calls.insert("keyring".to_owned());
        }
    }
    // The gateway calls the owners of the routes in its table.
    let owners = sources.file("table.rs").split("services::{").nth(1).unwrap_or_default();
    let owners = owners.split('}').next().unwrap_or_default().split(',').map(str::trim);
    let owners = owners.filter(|name| name.chars().all(|c| c.is_ascii_uppercase()));
    let owners = owners.filter(|name| !name.is_empty() && *name != "GATEWAY");
    calls.extend(owners.map(str::to_lowercase));
    calls
}

/// What follows `start` up to the next quotation mark, at each occurrence.
fn after<'a>(text: &'a str, start: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(start).skip(1).filter_map(|rest| rest.split('"').next())
}

/// The topic of each event.
fn event_topics(folder: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let mut topics = BTreeMap::new();
    for text in Sources::read(folder)?.0.values() {
        for part in text.split("impl Event for ").skip(1) {
            let name = part.split([' ', '{']).next().unwrap_or_default();
            let topic = part.split("const TOPIC").nth(1).and_then(|rest| rest.split('"').nth(1));
            topics.extend(topic.map(|topic| (name.to_owned(), topic.to_owned())));
        }
    }
    Ok(topics)
}

fn topics(text: &str) -> BTreeMap<String, i64> {
    let parts = text.split("Topic { name: \"").skip(1).filter_map(|part| {
        let (name, rest) = part.split_once('"')?;
        let partitions = rest.split("partitions: ").nth(1)?.split(',').next()?;
        Some((name.to_owned(), partitions.parse().ok()?))
    });
    parts.collect()
}

/// Networks with public addresses as webhooks knows them, each with the parts that are not.
fn networks_of(text: &str) -> Vec<(String, BTreeSet<String>)> {
    let code = text.split("const fn v4").next().unwrap_or_default();
    let v4 = networks(code, "v4([").filter_map(|(head, length)| {
        let head: Vec<u8> = head.split(", ").filter_map(|part| part.parse().ok()).collect();
        let head: [u8; 4] = head.try_into().ok()?;
        Some(format!("{}/{length}", Ipv4Addr::from(head)))
    });
    let mut v6 = networks(code, "v6([").filter_map(|(head, length)| {
        let part = |part: &str| u16::from_str_radix(part.trim_start_matches("0x"), 16).ok();
        let mut head: Vec<u16> = head.split(", ").filter_map(part).collect();
        head.resize(8, 0);
        let head: [u16; 8] = head.try_into().ok()?;
        Some(format!("{}/{length}", Ipv6Addr::from(head)))
    });
    let global = v6.next().unwrap_or_default();
    vec![("0.0.0.0/0".to_owned(), v4.collect()), (global, v6.collect())]
}

fn networks<'a>(code: &'a str, start: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
    code.split(start).skip(1).filter_map(|rest| {
        let (head, rest) = rest.split_once("], ")?;
        Some((head, rest.split(')').next()?))
    })
}

/// Texts of source files by their path in a folder.
struct Sources(BTreeMap<PathBuf, String>);

impl Sources {
    fn read(folder: &Path) -> anyhow::Result<Self> {
        let (mut texts, mut folders) = (BTreeMap::new(), vec![folder.to_owned()]);
        while let Some(next) = folders.pop() {
            let entries = fs::read_dir(&next);
            for entry in entries.with_context(|| format!("failed to list {}", next.display()))? {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|kind| kind == "rs") {
                    let text = fs::read_to_string(&path)
                        .with_context(|| format!("failed to read {}", path.display()))?;
                    let own = path.strip_prefix(folder).unwrap_or(&path).to_owned();
                    texts.insert(own, text);
                }
            }
        }
        Ok(Self(texts))
    }

    fn file(&self, name: &str) -> &str {
        self.0.get(Path::new(name)).map(String::as_str).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_and_networks_are_read_from_the_sources() {
        let text = "Topic { name: \"a.b.v1\", partitions: 4, retention_hours: X },";
        assert_eq!(topics(text), BTreeMap::from([("a.b.v1".to_owned(), 4)]));
        let text = "v4([10, 0, 0, 0], 8), G = v6([0x2000, 0, 0], 3); v6([0x2001, 0xdb8, 0], 32) const fn v4(";
        let networks = networks_of(text);
        assert_eq!(networks[0].1, BTreeSet::from(["10.0.0.0/8".to_owned()]));
        assert_eq!(networks[1].0, "2000::/3");
        assert_eq!(networks[1].1, BTreeSet::from(["2001:db8::/32".to_owned()]));
    }

    #[test]
    fn the_table_is_what_the_code_does() {
        assert_eq!(compare(&Table::read().unwrap()).unwrap(), Vec::<String>::new());
    }
}
