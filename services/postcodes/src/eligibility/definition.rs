//! The definition of an eligibility area in a request, validated field by field.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::Deserialize;

use super::{
    domain::{List, Policy},
    postcodes::Prefix,
};
use crate::{
    areas::{
        area_in_set,
        http::{
            drawn::{self, CircleBody, GeometryBody},
            field_errors::FieldErrors,
        },
        lookup::Lookup,
    },
    geometry::drawn::Drawn,
};

/// Most rules in both lists together.
const MAX_RULES: usize = 50;
/// Most codes or postcodes of one rule.
const MAX_ITEMS: usize = 5_000;
/// Longest name of a rule, in bytes.
const MAX_ID_BYTES: usize = 100;

/// An area: what is in one of `include`, and in none of `exclude`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DefinitionBody {
    include: Vec<RuleBody>,
    #[serde(default)]
    exclude: Vec<RuleBody>,
    /// The date whose areas are used; today by default.
    as_of: Option<String>,
    #[serde(default)]
    terminated: TerminatedBody,
    #[serde(default)]
    unlocated: UnlocatedBody,
}

/// One rule: exactly one of the four.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleBody {
    /// The caller's identifier of the rule.
    id: Option<String>,
    gss_codes: Option<Vec<String>>,
    postcodes: Option<Vec<String>>,
    geometry: Option<GeometryBody>,
    circle: Option<CircleBody>,
}

/// How terminated postcodes are treated.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum TerminatedBody {
    /// By their last position, because people keep using them.
    #[default]
    LastPlace,
    Outside,
    Unknown,
}

/// How postcodes without a position are treated where a rule needs one.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum UnlocatedBody {
    #[default]
    Unknown,
    Outside,
}

/// A validated definition.
pub(super) struct Definition {
    pub include: Vec<Rule>,
    pub exclude: Vec<Rule>,
    pub as_of: NaiveDate,
    pub terminated: Policy,
    pub unlocated: Policy,
}

/// One rule.
pub(super) struct Rule {
    pub id: Option<String>,
    pub what: What,
}

/// What a rule matches.
pub(super) enum What {
    Codes {
        codes: BTreeSet<String>,
        /// Whether each code is in a column of the directory.
        are_named: bool,
        /// Whether each code has a boundary.
        have_boundaries: bool,
        /// Whether a boundary is only good for trying out.
        rough: bool,
    },
    Postcodes(Vec<Prefix>),
    Drawn(Drawn),
}

impl DefinitionBody {
    /// Validates everything; errors are reported under `/area`.
    pub(super) fn check(&self, lookup: Lookup<'_>, errors: &mut FieldErrors) -> Definition {
        let as_of = self.as_of.as_deref().and_then(|text| errors.date("/area/as_of", text));
        let as_of = as_of.unwrap_or_else(|| lookup.areas.today());
        let rules = self.include.len() + self.exclude.len();
        if self.include.is_empty() || rules > MAX_RULES {
            let detail =
                format!("must have a rule, and at most {MAX_RULES} rules together with exclude");
            errors.add("/area/include", "out_of_range", detail);
        }
        let mut list = |rules: &[RuleBody], list: List| {
            let name = if list == List::Include { "include" } else { "exclude" };
            let numbered = rules.iter().enumerate().take(MAX_RULES);
            let checked = numbered.filter_map(|(number, rule)| {
                rule.check(lookup, as_of, &format!("/area/{name}/{number}"), errors)
            });
            checked.collect()
        };
        Definition {
            include: list(&self.include, List::Include),
            exclude: list(&self.exclude, List::Exclude),
            as_of,
            terminated: match self.terminated {
                TerminatedBody::LastPlace => Policy::Decide,
                TerminatedBody::Outside => Policy::Outside,
                TerminatedBody::Unknown => Policy::Unknown,
            },
            unlocated: match self.unlocated {
                UnlocatedBody::Unknown => Policy::Unknown,
                UnlocatedBody::Outside => Policy::Outside,
            },
        }
    }
}

impl RuleBody {
    fn check(
        &self,
        lookup: Lookup<'_>,
        as_of: NaiveDate,
        pointer: &str,
        errors: &mut FieldErrors,
    ) -> Option<Rule> {
        if self.id.as_ref().is_some_and(|id| id.len() > MAX_ID_BYTES) {
            let detail = format!("must be at most {MAX_ID_BYTES} bytes");
            errors.add(format!("{pointer}/id"), "too_long", detail);
        }
        let what = match (&self.gss_codes, &self.postcodes, &self.geometry, &self.circle) {
            (Some(codes), None, None, None) => {
                check_codes(lookup, codes, as_of, &format!("{pointer}/gss_codes"), errors)?
            }
            (None, Some(postcodes), None, None) => {
                check_postcodes(postcodes, &format!("{pointer}/postcodes"), errors)?
            }
            (None, None, Some(body), None) => {
                What::Drawn(drawn::polygons(body, &format!("{pointer}/geometry"), errors)?)
            }
            (None, None, None, Some(body)) => {
                What::Drawn(drawn::circle(body, &format!("{pointer}/circle"), errors)?)
            }
            _ => {
                let detail = "must have exactly one of gss_codes, postcodes, geometry, circle";
                errors.add(pointer.to_owned(), "conflict", detail);
                return None;
            }
        };
        Some(Rule { id: self.id.clone(), what })
    }
}

fn check_codes(
    lookup: Lookup<'_>,
    codes: &[String],
    as_of: NaiveDate,
    pointer: &str,
    errors: &mut FieldErrors,
) -> Option<What> {
    check_length(codes, pointer, errors)?;
    let (mut are_named, mut have_boundaries, mut rough) = (true, true, false);
    let mut checked = BTreeSet::new();
    for (number, code) in codes.iter().enumerate() {
        let sets = area_in_set::find(lookup, code);
        let in_force = || sets.iter().filter(|known| known.about.is_in_force(as_of));
        if sets.is_empty() {
            errors.add(
                format!("{pointer}/{number}"),
                "unknown_area",
                "is not the code of a known area",
            );
            return None;
        }
        if in_force().next().is_none() {
            let detail = format!("is not in force on {as_of}");
            errors.add(format!("{pointer}/{number}"), "not_in_force", detail);
            return None;
        }
        are_named &= in_force().any(|known| known.column(lookup).is_some());
        have_boundaries &= in_force().any(|known| known.shape.is_some());
        rough |= in_force().any(|known| known.about.rough);
        checked.insert(code.clone());
    }
    Some(What::Codes { codes: checked, are_named, have_boundaries, rough })
}

fn check_postcodes(texts: &[String], pointer: &str, errors: &mut FieldErrors) -> Option<What> {
    check_length(texts, pointer, errors)?;
    let mut prefixes = Vec::with_capacity(texts.len());
    for (number, text) in texts.iter().enumerate() {
        let Some(prefix) = Prefix::parse(text) else {
            let detail = "must be a postcode or a prefix of one (OX, OX4, OX4 1)";
            errors.add(format!("{pointer}/{number}"), "malformed", detail);
            return None;
        };
        prefixes.push(prefix);
    }
    Some(What::Postcodes(prefixes))
}

fn check_length(items: &[String], pointer: &str, errors: &mut FieldErrors) -> Option<()> {
    let is_valid = (1..=MAX_ITEMS).contains(&items.len());
    if !is_valid {
        errors.add(pointer.to_owned(), "out_of_range", format!("must have 1 to {MAX_ITEMS} items"));
    }
    is_valid.then_some(())
}
