//! The definition of an eligibility area in a request, parsed field by field.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use contracts::values::InvalidValue;
use kit::http::fields::Fields;
use serde::Deserialize;

use crate::{
    areas::{
        area_in_set,
        http::{
            drawn::{CircleRequest, GeometryRequest},
            query::parse_date,
        },
        lookup::Lookup,
    },
    eligibility::{
        domain::Policy,
        rules::{Criterion, Definition, Prefix, Rule},
    },
};

/// Most rules in both lists together.
const MAX_RULES: usize = 50;
/// Most codes or postcodes of one rule.
const MAX_ITEMS: usize = 5_000;
/// Longest name of a rule, in bytes.
const MAX_ID_BYTES: usize = 100;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DefinitionRequest {
    include: Vec<RuleRequest>,
    #[serde(default)]
    exclude: Vec<RuleRequest>,
    /// Today by default.
    as_of: Option<String>,
    #[serde(default)]
    terminated: TerminatedRequest,
    #[serde(default)]
    unlocated: UnlocatedRequest,
}

/// One rule: exactly one of the four.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleRequest {
    id: Option<String>,
    gss_codes: Option<Vec<String>>,
    postcodes: Option<Vec<String>>,
    geometry: Option<GeometryRequest>,
    circle: Option<CircleRequest>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum TerminatedRequest {
    /// By their last position, because people keep using them.
    #[default]
    LastPlace,
    Outside,
    Unknown,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum UnlocatedRequest {
    #[default]
    Unknown,
    Outside,
}

impl DefinitionRequest {
    /// Parses everything; errors are reported under `/area`.
    pub(super) fn parse(&self, lookup: Lookup<'_>, fields: &mut Fields) -> Definition {
        let as_of = fields.optional("/area/as_of", self.as_of.as_deref(), parse_date);
        let as_of = as_of.unwrap_or_else(|| lookup.areas.today());
        let rules = self.include.len() + self.exclude.len();
        if self.include.is_empty() || rules > MAX_RULES {
            let detail =
                format!("must have a rule, and at most {MAX_RULES} rules together with exclude");
            fields.add("/area/include", InvalidValue::with_detail("out_of_range", detail));
        }
        let mut parse_rules = |rules: &[RuleRequest], list: &str| {
            let numbered = rules.iter().enumerate().take(MAX_RULES);
            let parsed = numbered.filter_map(|(number, rule)| {
                rule.parse(lookup, as_of, &format!("/area/{list}/{number}"), fields)
            });
            parsed.collect()
        };
        Definition {
            include: parse_rules(&self.include, "include"),
            exclude: parse_rules(&self.exclude, "exclude"),
            as_of,
            terminated: match self.terminated {
                TerminatedRequest::LastPlace => Policy::Decide,
                TerminatedRequest::Outside => Policy::Outside,
                TerminatedRequest::Unknown => Policy::Unknown,
            },
            unlocated: match self.unlocated {
                UnlocatedRequest::Unknown => Policy::Unknown,
                UnlocatedRequest::Outside => Policy::Outside,
            },
        }
    }
}

impl RuleRequest {
    fn parse(
        &self,
        lookup: Lookup<'_>,
        as_of: NaiveDate,
        pointer: &str,
        fields: &mut Fields,
    ) -> Option<Rule> {
        if self.id.as_ref().is_some_and(|id| id.len() > MAX_ID_BYTES) {
            let detail = format!("must be at most {MAX_ID_BYTES} bytes");
            fields.add(format!("{pointer}/id"), InvalidValue::with_detail("too_long", detail));
        }
        let criterion = match (&self.gss_codes, &self.postcodes, &self.geometry, &self.circle) {
            (Some(codes), None, None, None) => {
                parse_codes(lookup, codes, as_of, &format!("{pointer}/gss_codes"), fields)?
            }
            (None, Some(postcodes), None, None) => {
                parse_postcodes(postcodes, &format!("{pointer}/postcodes"), fields)?
            }
            (None, None, Some(geometry), None) => {
                Criterion::Drawn(geometry.parse(&format!("{pointer}/geometry"), fields)?)
            }
            (None, None, None, Some(circle)) => {
                Criterion::Drawn(circle.parse(&format!("{pointer}/circle"), fields)?)
            }
            _ => {
                let detail = "must have exactly one of gss_codes, postcodes, geometry, circle";
                fields.add(pointer.to_owned(), InvalidValue::new("conflict", detail));
                return None;
            }
        };
        Some(Rule { id: self.id.clone(), criterion })
    }
}

/// The first invalid code is reported, not all.
fn parse_codes(
    lookup: Lookup<'_>,
    codes: &[String],
    as_of: NaiveDate,
    pointer: &str,
    fields: &mut Fields,
) -> Option<Criterion> {
    check_length(codes, pointer, fields)?;
    let (mut are_named, mut have_boundaries, mut rough) = (true, true, false);
    for (number, code) in codes.iter().enumerate() {
        let sets = area_in_set::find(lookup, code);
        let in_force = || sets.iter().filter(|area| area.about.is_in_force(as_of));
        let invalid = if sets.is_empty() {
            Some(InvalidValue::new("unknown_area", "is not the code of a known area"))
        } else if in_force().next().is_none() {
            Some(InvalidValue::with_detail("not_in_force", format!("is not in force on {as_of}")))
        } else {
            None
        };
        if let Some(invalid) = invalid {
            fields.add(format!("{pointer}/{number}"), invalid);
            return None;
        }
        are_named &= in_force().any(|area| area.column(lookup).is_some());
        have_boundaries &= in_force().any(|area| area.shape.is_some());
        rough |= in_force().any(|area| area.about.rough);
    }
    let codes: BTreeSet<String> = codes.iter().cloned().collect();
    Some(Criterion::Codes { codes, are_named, have_boundaries, rough })
}

/// The first invalid prefix is reported, not all.
fn parse_postcodes(texts: &[String], pointer: &str, fields: &mut Fields) -> Option<Criterion> {
    check_length(texts, pointer, fields)?;
    let mut prefixes = Vec::with_capacity(texts.len());
    for (number, text) in texts.iter().enumerate() {
        let Some(prefix) = Prefix::parse(text) else {
            let detail = "must be a postcode or a prefix of one (OX, OX4, OX4 1)";
            fields.add(format!("{pointer}/{number}"), InvalidValue::new("malformed", detail));
            return None;
        };
        prefixes.push(prefix);
    }
    Some(Criterion::Postcodes(prefixes))
}

fn check_length(items: &[String], pointer: &str, fields: &mut Fields) -> Option<()> {
    let is_valid = (1..=MAX_ITEMS).contains(&items.len());
    if !is_valid {
        let detail = format!("must have 1 to {MAX_ITEMS} items");
        fields.add(pointer.to_owned(), InvalidValue::with_detail("out_of_range", detail));
    }
    is_valid.then_some(())
}
