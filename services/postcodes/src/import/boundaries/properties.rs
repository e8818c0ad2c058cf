//! Finds the properties of a feature that are the code and the names of its area.

use anyhow::Context;
use serde_json::{Map, Value};

use crate::areas::{kinds::Heading, layer::Area};

/// Names of the properties to read.
pub(super) struct Keys {
    code: String,
    name: String,
    name_welsh: String,
    /// None if the names are our own.
    heading: Option<Heading>,
}

impl Keys {
    /// Looks for our own `gss_code`, then for names such as `PCON24CD`: that of the requested kind, otherwise that of the
    /// smallest areas.
    pub(super) fn find(
        properties: &Map<String, Value>,
        kind: Option<&str>,
    ) -> anyhow::Result<Self> {
        let own = ["gss_code", "name", "name_welsh"].map(str::to_owned);
        let headings = || {
            let known = properties.keys().filter_map(|key| Some((Heading::parse(key)?, key)));
            // Columns of a second code, such as `LEP21CD1`, have no column of names.
            known.filter(|(_, key)| !key.ends_with(|last: char| last.is_ascii_digit()))
        };
        let requested = headings().find(|(heading, _)| Some(heading.kind.as_str()) == kind);
        let found = requested.or_else(|| headings().min());
        let Some((heading, code)) = found.filter(|_| !properties.contains_key("gss_code")) else {
            let [code, name, name_welsh] = own;
            properties
                .get(&code)
                .context("a feature has neither a property gss_code nor one such as PCON24CD")?;
            return Ok(Self { code, name, name_welsh, heading: None });
        };
        let with_suffix = |suffix: &str| {
            let is_lower = code.ends_with("cd");
            let stem = code.get(..code.len() - 2).unwrap_or_default();
            format!("{stem}{}", if is_lower { suffix.to_lowercase() } else { suffix.to_owned() })
        };
        Ok(Self {
            name: with_suffix("NM"),
            name_welsh: with_suffix("NMW"),
            code: code.clone(),
            heading: Some(heading),
        })
    }

    /// The kind, from the names.
    pub(super) fn kind(&self) -> Option<String> {
        self.heading.as_ref().map(|heading| heading.kind.clone())
    }

    pub(super) fn year(&self) -> Option<String> {
        self.heading.as_ref().and_then(Heading::year)
    }

    /// The area of a feature, without its boundary.
    pub(super) fn area(&self, properties: &Map<String, Value>) -> anyhow::Result<Area> {
        let text = |key: &str| {
            let text = properties.get(key).and_then(Value::as_str).map(str::trim);
            text.filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let gss_code =
            text(&self.code).with_context(|| format!("a feature has no property {}", self.code))?;
        let name_welsh = text(&self.name_welsh);
        Ok(Area { gss_code, name: text(&self.name), name_welsh, shape: None })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Keys;

    fn find(properties: Value, kind: Option<&str>) -> anyhow::Result<(String, Option<String>)> {
        let properties = properties.as_object().unwrap().clone();
        Keys::find(&properties, kind).map(|keys| (keys.code.clone(), keys.kind()))
    }

    #[test]
    fn the_code_is_that_of_the_requested_kind_or_of_the_smallest_areas() {
        let ward = || json!({"LAD24CD": "E07", "WD24CD": "E05", "WD24NM": "Headington"});
        let kind = |found: &str, kind: &str| (found.to_owned(), Some(kind.to_owned()));
        assert_eq!(find(ward(), None).unwrap(), kind("WD24CD", "ward"));
        assert_eq!(find(ward(), Some("district")).unwrap(), kind("LAD24CD", "district"));
        assert_eq!(find(ward(), Some("other")).unwrap(), kind("WD24CD", "ward"));
        let own = json!({"gss_code": "E1", "WD24CD": "E05"});
        assert_eq!(find(own, None).unwrap(), ("gss_code".to_owned(), None));
        assert!(find(json!({"id": 1}), None).unwrap_err().to_string().contains("gss_code"));
    }

    #[test]
    fn empty_names_are_none() {
        let properties = json!({"pcon24cd": "W07", "pcon24nm": " Ynys Môn ", "pcon24nmw": " "});
        let properties = properties.as_object().unwrap();
        let area = Keys::find(properties, None).unwrap().area(properties).unwrap();
        assert_eq!((area.gss_code.as_str(), area.name.as_deref()), ("W07", Some("Ynys Môn")));
        assert_eq!(area.name_welsh, None);
    }
}
