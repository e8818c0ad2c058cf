//! The rules that define an eligibility area.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use contracts::values::postcode::Postcode;

use super::domain::Policy;
use crate::geometry::drawn::Drawn;

/// An area: what is in one of `include`, and in none of `exclude`.
pub(super) struct Definition {
    pub(super) include: Vec<Rule>,
    pub(super) exclude: Vec<Rule>,
    /// The date whose areas are used.
    pub(super) as_of: NaiveDate,
    pub(super) terminated: Policy,
    /// For postcodes without a position where a rule needs one.
    pub(super) unlocated: Policy,
}

pub(super) struct Rule {
    /// The caller's identifier of the rule.
    pub(super) id: Option<String>,
    pub(super) criterion: Criterion,
}

/// What a rule matches.
pub(super) enum Criterion {
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

/// A prefix of postcodes: an area (`OX`), a district (`OX4`), a sector (`OX4 1`) or more. Without a space `M11` is the district; the sector is written `M1 1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Prefix {
    /// One or two letters.
    Area(String),
    /// The outward half.
    District(String),
    /// The outward half, and the first characters of the inward half.
    Within(String, String),
}

impl Prefix {
    /// Reads a prefix in any case; none if no postcode can start with it.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if let Ok(postcode) = Postcode::parse(text) {
            return Some(Self::Within(
                postcode.outcode().to_string(),
                postcode.incode().to_string(),
            ));
        }
        let upper = text.trim().to_ascii_uppercase();
        let (outward, inward) = upper
            .split_once(' ')
            .map_or((upper.as_str(), ""), |(out, inward)| (out, inward.trim()));
        let is_area = (1..=2).contains(&outward.len())
            && outward.bytes().all(|byte| byte.is_ascii_uppercase());
        if is_area && inward.is_empty() {
            return Some(Self::Area(outward.to_owned()));
        }
        // It is a prefix if it can be completed to a postcode.
        let whole = match inward.len() {
            0 => format!("{outward} 1AA"),
            1 => format!("{outward} {inward}AA"),
            2 => format!("{outward} {inward}A"),
            _ => return None,
        };
        let outcode = Postcode::parse(&whole).ok()?.outcode().to_string();
        if outcode != outward {
            return None;
        }
        Some(if inward.is_empty() {
            Self::District(outcode)
        } else {
            Self::Within(outcode, inward.to_owned())
        })
    }

    /// Whether the postcode of an outward and an inward half starts with this.
    pub(super) fn matches(&self, outcode: &str, incode: &str) -> bool {
        match self {
            Self::Area(area) => {
                let digits = outcode.find(|at: char| at.is_ascii_digit()).unwrap_or(outcode.len());
                outcode.get(..digits) == Some(area)
            }
            Self::District(district) => outcode == district,
            Self::Within(district, start) => outcode == district && incode.starts_with(start),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Prefix;

    #[test]
    fn a_prefix_matches_what_people_mean_by_it() {
        for (prefix, postcode, matches) in [
            ("OX", "OX4 1AA", true),
            ("O", "OX4 1AA", false),
            ("m", "M1 1AA", true),
            ("M", "ME1 1AA", false),
            ("ox4", "OX4 1AA", true),
            ("OX4", "OX44 1AA", false),
            ("M1 1", "M1 1AA", true),
            ("M1 1", "M11 1AA", false),
            ("M11", "M11 1AA", true),
            ("M11", "M1 1AA", false),
            ("OX4 1A", "OX4 1AA", true),
            ("OX4 1B", "OX4 1AA", false),
            ("ox41aa", "OX4 1AA", true),
            ("OX4 1AA", "OX4 1AB", false),
        ] {
            let (outcode, incode) = postcode.split_once(' ').unwrap();
            let found = Prefix::parse(prefix).unwrap().matches(outcode, incode);
            assert_eq!(found, matches, "{prefix} {postcode}");
        }
    }

    #[test]
    fn a_text_that_no_postcode_starts_with_is_not_a_prefix() {
        for text in ["", " ", "OXX", "4", "OX4 AA", "OX4 1AA1", "É", "OX4 A", "OX 1"] {
            assert_eq!(Prefix::parse(text), None, "{text}");
        }
    }
}
