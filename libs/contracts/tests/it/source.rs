//! Reads the structs that are events, with their fields, from the sources.

use std::{fs, path::PathBuf};

/// A struct that implements `Event`.
#[derive(Debug)]
pub(crate) struct EventSource {
    pub(crate) name: String,
    pub(crate) kind: String,
    /// Name and type of each field.
    pub(crate) fields: Vec<(String, String)>,
}

/// The folder of this crate.
pub(crate) fn home() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every event in `src/`.
pub(crate) fn events() -> Vec<EventSource> {
    let entries = fs::read_dir(home().join("src")).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries.filter(|path| path.is_file()).collect();
    files.sort();
    files.iter().flat_map(|file| parse(&fs::read_to_string(file).unwrap())).collect()
}

fn parse(text: &str) -> Vec<EventSource> {
    text.split("impl Event for ")
        .skip(1)
        .map(|after| {
            let name = after.split_whitespace().next().unwrap().to_owned();
            let kind = between(after, "const TYPE: &'static str = \"", "\"").to_owned();
            let body = between(text, &format!("pub struct {name} {{"), "\n}");
            let fields = body.lines().filter_map(|line| line.trim().strip_prefix("pub "));
            let fields = fields.filter_map(|field| field.trim_end_matches(',').split_once(": "));
            let fields = fields.map(|(name, kind)| (name.to_owned(), kind.to_owned())).collect();
            EventSource { name, kind, fields }
        })
        .collect()
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let (_, after) = text.split_once(start).unwrap_or_else(|| panic!("no {start}"));
    after.split_once(end).map_or(after, |(inside, _)| inside)
}

#[test]
fn an_event_is_read_with_its_fields() {
    let text = "pub struct A {\n    /// x\n    pub a_id: Uuid,\n    pub n: Sealed<String>,\n}\n\nimpl Event for A {\n    const TYPE: &'static str = \"s.a.done.v1\";\n}\n";
    let events = parse(text);
    assert_eq!(events.len(), 1);
    assert_eq!((events[0].name.as_str(), events[0].kind.as_str()), ("A", "s.a.done.v1"));
    assert_eq!(events[0].fields[1], ("n".to_owned(), "Sealed<String>".to_owned()));
}
