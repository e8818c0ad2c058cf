//! Converts entries to the types of the contract.

use contracts::postcodes::{AreaName, Constituency, Located, Outcode, Place};
use contracts::values::postcode::outcode_text;

use crate::{
    areas::{
        domain::{Areas, CONSTITUENCY, Method},
        place::{Filter, of_postcode},
    },
    data::Edition,
    dataset::{image::Entry, kind::Kind},
};

/// The areas that a geocoder uses to name a place, smallest first.
const NAMED: [(Kind, &str); 5] = [
    (Kind::Ward, "ward"),
    (Kind::District, "district"),
    (Kind::County, "county"),
    (Kind::Region, "region"),
    (Kind::Country, "country"),
];

/// The constituency of a postcode. A terminated one has its last position, because people keep using it.
pub(super) fn place_of(entry: &Entry<'_>, areas: &Areas) -> Place {
    let constituency = areas.constituency(entry).map(|found| Constituency {
        gss_code: found.gss_code.to_owned(),
        name: found.name.unwrap_or(found.gss_code).to_owned(),
        generation: found.generation.unwrap_or("unknown").to_owned(),
        method: match found.method {
            Method::Column => "column".to_owned(),
            Method::PointInPolygon => "point_in_polygon".to_owned(),
        },
    });
    Place { postcode: entry.postcode().to_string(), constituency, alternatives: Vec::new() }
}

/// The other constituencies that an address of the postcode may be in, nearest first.
pub(super) fn alternatives_of(entry: &Entry<'_>, areas: &Areas) -> Vec<AreaName> {
    let (kind, as_of) = (Some(CONSTITUENCY.to_owned()), Some(areas.today()));
    let found = of_postcode(areas, entry, &Filter { kind, as_of, ..Filter::default() });
    // The first candidate is the constituency itself.
    let others = found.iter().flat_map(|area| area.candidates.iter().skip(1));
    others.map(|it| area_name(CONSTITUENCY, it.gss_code, it.name)).collect()
}

pub(super) fn located(entry: &Entry<'_>, areas: &Areas) -> Located {
    let named = NAMED.iter().filter_map(|(kind, word)| {
        let area = entry.area(*kind)?;
        Some(area_name(word, area.code, area.name))
    });
    let constituency = areas.constituency(entry);
    let constituency = constituency.map(|of| area_name("constituency", of.gss_code, of.name));
    let position = entry.position();
    Located {
        postcode: entry.postcode().to_string(),
        outcode: entry.postcode().outcode().to_string(),
        longitude: position.map(|at| at.longitude),
        latitude: position.map(|at| at.latitude),
        terminated: !entry.is_live(),
        areas: named.chain(constituency).collect(),
    }
}

pub(super) fn area_name(kind: &str, gss_code: &str, name: Option<&str>) -> AreaName {
    AreaName { kind: kind.to_owned(), gss_code: gss_code.to_owned(), name: name.map(str::to_owned) }
}

/// The centroid of an outcode; none if none of its postcodes has a position.
pub(super) fn outcode(data: &Edition, number: u32) -> Option<Outcode> {
    let at = data.outcodes.position(number)?;
    Some(Outcode {
        outcode: outcode_text(number).to_string(),
        longitude: at.longitude,
        latitude: at.latitude,
    })
}
