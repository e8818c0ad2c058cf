//! Postcodes near a position, with the limits and the wide search of postcodes.io.

use crate::{
    data::Edition,
    geometry::position::Position,
    postcode::record::Record,
    postcodes_io::http::{
        error::ErrorResponse,
        parameters::{LIMIT, MAX_LIMIT, Parameters, limit, position, radius_m},
    },
};

/// Default and largest radius of postcodes.io, metres.
const RADIUS_M: f64 = 100.0;
const MAX_RADIUS_M: f64 = 2_000.0;
/// Largest radius with `uncapped`: the length of Great Britain. The cost is bounded, because at most [`MAX_LIMIT`] are
/// returned and the search stops as soon as they are found.
const UNCAPPED_RADIUS_M: f64 = 1_000_000.0;
/// A wide search needs this many results. In postcodes.io its radius grows from 500 m by a kilometre, up to below 20 km.
const WIDE_WANTED: usize = 10;
const WIDE_RADIUS_M: f64 = 19_500.0;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct NearestSearch {
    at: Position,
    limit: usize,
    radius_m: f64,
    wide: bool,
    additions: bool,
}

/// The parameters of a search, before they are parsed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct NearestQuery<'a> {
    pub(super) position: Option<(&'a str, &'a str)>,
    pub(super) limit: Option<&'a str>,
    pub(super) radius: Option<&'a str>,
    pub(super) wide: bool,
    pub(super) uncapped: bool,
    pub(super) additions: bool,
}

impl<'a> NearestQuery<'a> {
    pub(super) fn new(position: Option<(&'a str, &'a str)>, parameters: &'a Parameters) -> Self {
        Self {
            position,
            limit: parameters.text(&["limit"]),
            radius: parameters.text(&["radius"]),
            wide: parameters.is_set(&["widesearch", "wideSearch"]),
            uncapped: parameters.is_true("uncapped"),
            additions: parameters.is_true("additions"),
        }
    }

    /// Parses the parameters in the order of postcodes.io, so that the first error is the same.
    pub(super) fn parse(self) -> Result<NearestSearch, ErrorResponse> {
        let limit = limit(self.limit, if self.wide { LIMIT } else { MAX_LIMIT })?;
        let at = position(self.position)?;
        let most = if self.uncapped { UNCAPPED_RADIUS_M } else { MAX_RADIUS_M };
        let radius_m = radius_m(self.radius, RADIUS_M, most)?;
        Ok(NearestSearch { at, limit, radius_m, wide: self.wide, additions: self.additions })
    }
}

impl NearestSearch {
    /// The records with their distances; none where postcodes.io returns null.
    pub(super) fn records(self, data: &Edition) -> Option<Vec<Record<'_>>> {
        let entries = if self.wide {
            let mut entries = data.dataset.nearest(self.at, WIDE_WANTED, WIDE_RADIUS_M);
            entries.truncate(if entries.len() < WIDE_WANTED { 0 } else { self.limit });
            entries
        } else {
            data.dataset.nearest(self.at, self.limit, self.radius_m)
        };
        let records = entries.into_iter().map(|(entry, distance_m)| {
            let record = Record::new(&entry, &data.areas).at_distance(distance_m);
            record.with_additions(&entry, &data.areas, self.additions)
        });
        let records: Vec<_> = records.collect();
        (!records.is_empty()).then_some(records)
    }
}

#[cfg(test)]
mod tests {
    use super::{ErrorResponse, NearestQuery, NearestSearch};

    const HERE: NearestQuery<'static> = NearestQuery {
        position: Some(("-2.1", "57.1")),
        limit: None,
        radius: None,
        wide: false,
        uncapped: false,
        additions: false,
    };

    fn parse(query: NearestQuery<'_>) -> NearestSearch {
        query.parse().unwrap()
    }

    #[test]
    fn limits_and_radii_are_capped_and_not_rejected() {
        let near = parse(HERE);
        assert_eq!((near.limit, near.radius_m), (10, 100.0));
        let near = parse(NearestQuery { limit: Some("101"), radius: Some("2001"), ..HERE });
        assert_eq!((near.limit, near.radius_m), (100, 2_000.0));
        let near = parse(NearestQuery { limit: Some("50"), wide: true, ..HERE });
        assert_eq!(near.limit, 10);
        let near = parse(NearestQuery { radius: Some("50000"), uncapped: true, ..HERE });
        assert!((near.radius_m - 50_000.0).abs() < f64::EPSILON);
    }

    #[test]
    fn what_is_not_a_number_is_rejected_limit_first() {
        let bad = NearestQuery {
            limit: Some("x"),
            position: Some(("x", "57.1")),
            radius: Some("x"),
            ..HERE
        };
        assert!(matches!(bad.parse(), Err(ErrorResponse::InvalidLimit)));
        let bad = NearestQuery { limit: None, ..bad };
        assert!(matches!(bad.parse(), Err(ErrorResponse::InvalidGeolocation)));
        let bad = NearestQuery { radius: Some("-1"), ..HERE };
        assert!(matches!(bad.parse(), Err(ErrorResponse::InvalidRadius)));
        let bad = NearestQuery { limit: Some("-1"), ..HERE };
        assert!(matches!(bad.parse(), Err(ErrorResponse::InvalidLimit)));
    }
}
