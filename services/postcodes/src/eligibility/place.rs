//! Applies the rules of a definition to a place.

use std::collections::BTreeSet;

use contracts::values::postcode::Postcode;

use super::{
    domain::{Confidence, Finding, Match, Reason, Verdict, decide},
    rules::{Criterion, Definition, Rule},
};
use crate::{
    areas::{
        domain::Method,
        place::{self, Filter, PlaceArea, Split},
    },
    data::Edition,
    dataset::image::Entry,
    geometry::position::Position,
};

pub(super) enum Place<'a> {
    Postcode(Entry<'a>),
    Point(Position),
}

/// Worst positional quality that is accurate to the building or street.
const GOOD_QUALITY: u32 = 3;
/// Best positional quality whose position is only that of a sector, or none.
const POOR_QUALITY: u32 = 6;

pub(super) fn verdict(data: &Edition, definition: &Definition, place: &Place<'_>) -> Verdict {
    if let Place::Postcode(entry) = place
        && !entry.is_live()
        && let Some(verdict) = definition.terminated.verdict(Reason::TerminatedPostcode)
    {
        return verdict;
    }
    let facts = Facts::new(data, definition, place);
    let apply = |rules: &[Rule]| rules.iter().map(|rule| facts.apply(rule)).collect::<Vec<_>>();
    let verdict = decide(&apply(&definition.include), &apply(&definition.exclude));
    if verdict.reason == Reason::NothingToTellBy && facts.position.is_none() {
        return definition.unlocated.verdict(Reason::NoPosition).unwrap_or(verdict);
    }
    verdict
}

/// The facts about a place, collected once for all rules.
struct Facts<'a> {
    areas: Vec<PlaceArea<'a>>,
    /// None for a point.
    postcode: Option<Postcode>,
    position: Option<Position>,
    /// How far its addresses may be from the position, metres.
    reach_m: f64,
    /// How reliable the position is.
    reliability: Confidence,
}

impl<'a> Facts<'a> {
    fn new(data: &'a Edition, definition: &Definition, place: &Place<'a>) -> Self {
        let filter = Filter { as_of: Some(definition.as_of), ..Filter::default() };
        match place {
            Place::Postcode(entry) => Self {
                areas: place::of_postcode(&data.areas, entry, &filter),
                postcode: Some(entry.postcode()),
                position: entry.position(),
                reach_m: place::reach_m(entry.quality()),
                reliability: match entry.quality() {
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
                reliability: Confidence::High,
            },
        }
    }

    fn apply(&self, rule: &Rule) -> Finding {
        match &rule.criterion {
            Criterion::Postcodes(prefixes) => match self.postcode {
                // A point has no postcode: the nearest one need not be that of its address.
                None => Finding { matched: Match::Unknown, confidence: Confidence::Low },
                Some(postcode) => {
                    let (outcode, incode) = (postcode.outcode(), postcode.incode());
                    let is_listed = prefixes.iter().any(|prefix| prefix.matches(&outcode, &incode));
                    let matched = if is_listed { Match::Yes } else { Match::No };
                    Finding { matched, confidence: Confidence::High }
                }
            },
            Criterion::Drawn(drawn) => {
                let Some(at) = self.position else {
                    return Finding { matched: Match::Unknown, confidence: Confidence::Low };
                };
                let is_split = self.reach_m > 0.0 && drawn.is_near_border(at, self.reach_m);
                let matched = match (is_split, drawn.contains(at)) {
                    (true, _) => Match::Split,
                    (false, true) => Match::Yes,
                    (false, false) => Match::No,
                };
                Finding { matched, confidence: self.reliability }
            }
            Criterion::Codes { codes, are_named, have_boundaries, rough } => {
                self.in_areas(codes, *rough).unwrap_or_else(|| {
                    let is_named = *are_named && self.postcode.is_some();
                    let is_decidable = is_named || *have_boundaries && self.position.is_some();
                    let confidence = match (is_named, *rough) {
                        (true, _) => Confidence::High,
                        (false, true) => Confidence::Low,
                        (false, false) => Confidence::Medium.min(self.reliability),
                    };
                    let matched = if is_decidable { Match::No } else { Match::Unknown };
                    Finding { matched, confidence }
                })
            }
        }
    }

    /// The finding by the areas of the place; none if none of them, nor a candidate, has one of the codes.
    fn in_areas(&self, codes: &BTreeSet<String>, rough: bool) -> Option<Finding> {
        let is_listed = |gss_code: &str| codes.contains(gss_code);
        let own = self.areas.iter().filter(|area| is_listed(area.gss_code));
        let all_candidates = |area: &PlaceArea<'_>| {
            area.candidates.iter().all(|candidate| is_listed(candidate.gss_code))
        };
        let certain = own.filter(|area| area.split != Split::Possible || all_candidates(area));
        let confidence = certain.map(|area| match (area.method, area.split) {
            (Method::Column, Split::No | Split::Possible) => Confidence::High,
            (Method::Column, Split::Unknown) => Confidence::Medium,
            (Method::PointInPolygon, _) if rough || area.rough => Confidence::Low,
            (Method::PointInPolygon, _) => Confidence::Medium.min(self.reliability),
        });
        if let Some(confidence) = confidence.max() {
            return Some(Finding { matched: Match::Yes, confidence });
        }
        let mut near = self.areas.iter().flat_map(|area| &area.candidates);
        let is_near = near.any(|candidate| is_listed(candidate.gss_code));
        is_near.then_some(Finding { matched: Match::Split, confidence: Confidence::Low })
    }
}
