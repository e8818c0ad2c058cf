//! What each rule of a definition finds of a place.

use std::collections::BTreeSet;

use super::{
    definition::{Definition, Rule, What},
    domain::{Confidence, Finding, Match, Reason, Verdict, decide},
};
use crate::{
    areas::{
        domain::Method,
        place::{self, Filter, PlaceArea, Split},
    },
    data::Data,
    dataset::{image::Entry, postcode::Postcode},
    geometry::position::Position,
};

/// A place that is held against a definition.
pub enum Place<'a> {
    Postcode(Entry<'a>),
    Point(Position),
}

/// Positional qualities that are good to the building or the street.
const GOOD_QUALITY: u32 = 3;
/// Positional qualities from which on the position is that of a sector, or none.
const POOR_QUALITY: u32 = 6;

/// The answer for a place.
pub fn verdict(data: &Data, definition: &Definition, place: &Place<'_>) -> Verdict {
    if let Place::Postcode(entry) = place
        && !entry.is_live()
        && let Some(verdict) = definition.terminated.verdict(Reason::TerminatedPostcode)
    {
        return verdict;
    }
    let facts = Facts::of(data, definition, place);
    let find = |rules: &[Rule]| rules.iter().map(|rule| facts.find(rule)).collect::<Vec<_>>();
    let verdict = decide(&find(&definition.include), &find(&definition.exclude));
    if verdict.reason == Reason::NothingToTellBy && facts.position.is_none() {
        return definition.unlocated.verdict(Reason::NoPosition).unwrap_or(verdict);
    }
    verdict
}

/// What is known of a place, gathered once for all rules.
struct Facts<'a> {
    areas: Vec<PlaceArea<'a>>,
    /// None of a point.
    postcode: Option<Postcode>,
    position: Option<Position>,
    /// How far its addresses may lie from the position, metres.
    reach_m: f64,
    /// How much the position is worth.
    worth: Confidence,
}

impl<'a> Facts<'a> {
    fn of(data: &'a Data, definition: &Definition, of: &Place<'a>) -> Self {
        let filter = Filter { as_of: Some(definition.as_of), ..Filter::default() };
        match of {
            Place::Postcode(entry) => Self {
                areas: place::of_postcode(&data.areas, entry, &filter),
                postcode: Some(entry.postcode()),
                position: entry.position(),
                reach_m: place::reach_m(entry.quality()),
                worth: match entry.quality() {
                    Some(1..=GOOD_QUALITY) => Confidence::High,
                    Some(POOR_QUALITY..) => Confidence::Low,
                    _ => Confidence::Medium,
                },
            },
            Place::Point(at) => Self {
                areas: place::of_point(&data.areas, *at, &filter),
                postcode: None,
                position: Some(*at),
                reach_m: 0.0,
                worth: Confidence::High,
            },
        }
    }

    fn find(&self, rule: &Rule) -> Finding {
        match &rule.what {
            What::Postcodes(beginnings) => match self.postcode {
                // A point has no postcode: which one is nearest says nothing of where it is delivered.
                None => Finding { matched: Match::Unknown, confidence: Confidence::Low },
                Some(postcode) => {
                    let (outcode, incode) = (postcode.outcode(), postcode.incode());
                    let is_held = beginnings.iter().any(|begin| begin.holds(&outcode, &incode));
                    let matched = if is_held { Match::Yes } else { Match::No };
                    Finding { matched, confidence: Confidence::High }
                }
            },
            What::Drawn(drawn) => {
                let Some(at) = self.position else {
                    return Finding { matched: Match::Unknown, confidence: Confidence::Low };
                };
                let is_split = self.reach_m > 0.0 && drawn.is_near_border(at, self.reach_m);
                let matched = match (is_split, drawn.contains(at)) {
                    (true, _) => Match::Split,
                    (false, true) => Match::Yes,
                    (false, false) => Match::No,
                };
                Finding { matched, confidence: self.worth }
            }
            What::Codes { codes, are_named, are_outlined, rough } => {
                self.in_areas(codes, *rough).unwrap_or_else(|| {
                    let is_named = *are_named && self.postcode.is_some();
                    let is_told = is_named || *are_outlined && self.position.is_some();
                    let confidence = match (is_named, *rough) {
                        (true, _) => Confidence::High,
                        (false, true) => Confidence::Low,
                        (false, false) => Confidence::Medium.min(self.worth),
                    };
                    let matched = if is_told { Match::No } else { Match::Unknown };
                    Finding { matched, confidence }
                })
            }
        }
    }

    /// What the areas of the place say of codes; none when they do not know any of them.
    fn in_areas(&self, codes: &BTreeSet<String>, rough: bool) -> Option<Finding> {
        let holds = |gss_code: &str| codes.contains(gss_code);
        let own = self.areas.iter().filter(|area| holds(area.gss_code));
        let all_candidates = |area: &PlaceArea<'_>| {
            area.candidates.iter().all(|candidate| holds(candidate.gss_code))
        };
        let sure = own.filter(|area| area.split != Split::Possible || all_candidates(area));
        let confidence = sure.map(|area| match (area.method, area.split) {
            (Method::Column, Split::No | Split::Possible) => Confidence::High,
            (Method::Column, Split::Unknown) => Confidence::Medium,
            (Method::PointInPolygon, _) if rough || area.rough => Confidence::Low,
            (Method::PointInPolygon, _) => Confidence::Medium.min(self.worth),
        });
        if let Some(confidence) = confidence.max() {
            return Some(Finding { matched: Match::Yes, confidence });
        }
        let mut near = self.areas.iter().flat_map(|area| &area.candidates);
        let is_near = near.any(|candidate| holds(candidate.gss_code));
        is_near.then_some(Finding { matched: Match::Split, confidence: Confidence::Low })
    }
}
