//! Postcodes, outcodes and areas of the postcodes service as features.

use std::borrow::Cow;

use contracts::postcodes::{AreaName, Located, NearPostcode, Outcode};

use super::domain::{Area, Details, Feature, Layer, MatchType, Point};

const SOURCE: &str = "postcodes";

/// To be shown with postcodes.
pub(super) const ATTRIBUTION: [&str; 3] = [
    "Contains OS data © Crown copyright and database right.",
    "Contains Royal Mail data © Royal Mail copyright and database right.",
    "Source: Office for National Statistics licensed under the Open Government Licence v.3.0.",
];

/// A postcode that is the text or starts with it.
pub(super) fn postcode(located: Located, match_type: MatchType, confidence: f64) -> Feature {
    let Located { postcode, outcode, longitude, latitude, terminated, areas } = located;
    let point = longitude.zip(latitude);
    Feature {
        id: format!("postcode:{postcode}"),
        layer: Layer::Postcode,
        label: postcode.clone(),
        name: postcode.clone(),
        point: point.map(|(longitude, latitude)| Point { longitude, latitude }),
        bbox: None,
        match_type,
        // A terminated postcode is no longer anybody's address.
        confidence: if terminated { confidence / 2.0 } else { confidence },
        importance: 1.0,
        distance_m: None,
        source: SOURCE,
        details: Details {
            outcode: Some(outcode),
            country: name_of(&areas, "country"),
            region: name_of(&areas, "region"),
            district: name_of(&areas, "district"),
            county: name_of(&areas, "county"),
            postcode: Some(postcode),
            terminated: Some(terminated),
            areas: areas.into_iter().map(detail).collect(),
            ..Details::default()
        },
    }
}

/// An outcode that is the text or starts with it.
pub(super) fn outcode(outcode: Outcode, match_type: MatchType, confidence: f64) -> Feature {
    let Outcode { outcode, longitude, latitude } = outcode;
    Feature {
        id: format!("outcode:{outcode}"),
        layer: Layer::Outcode,
        label: outcode.clone(),
        name: outcode.clone(),
        point: Some(Point { longitude, latitude }),
        bbox: None,
        match_type,
        confidence,
        importance: 1.0,
        distance_m: None,
        source: SOURCE,
        details: Details { outcode: Some(outcode), ..Details::default() },
    }
}

/// A postcode at a distance.
pub(super) fn near(near: NearPostcode, radius_m: f64) -> Feature {
    let NearPostcode { located, distance_m } = near;
    let confidence = 1.0 - 0.5 * (distance_m / radius_m).min(1.0);
    let mut feature = postcode(located, MatchType::Nearest, confidence);
    feature.distance_m = Some(distance_m);
    feature
}

/// An area that contains the point.
pub(super) fn area(area: AreaName) -> Feature {
    let AreaName { kind, gss_code, name } = area;
    let label = name.unwrap_or_else(|| gss_code.clone());
    Feature {
        id: format!("area:{gss_code}"),
        layer: Layer::Area,
        name: label.clone(),
        label,
        point: None,
        bbox: None,
        match_type: MatchType::Exact,
        confidence: 1.0,
        importance: 0.5,
        distance_m: None,
        source: SOURCE,
        details: Details {
            kind: Some(Cow::Owned(kind)),
            gss_code: Some(gss_code),
            ..Details::default()
        },
    }
}

fn name_of(areas: &[AreaName], kind: &str) -> Option<String> {
    areas.iter().find(|area| area.kind == kind).and_then(|area| area.name.clone())
}

fn detail(AreaName { kind, gss_code, name }: AreaName) -> Area {
    Area { kind, gss_code, name }
}

/// The areas of a postcode as features of their own.
pub(super) fn areas_of(postcode: &Feature) -> impl Iterator<Item = Feature> {
    let areas = postcode.details.areas.iter().cloned();
    areas.map(|Area { kind, gss_code, name }| area(AreaName { kind, gss_code, name }))
}
