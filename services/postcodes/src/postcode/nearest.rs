//! Postcodes near a position, with the limits and the wide search of postcodes.io.

use super::record::Record;
use crate::{
    data::Data,
    dataset::image::Entry,
    geometry::position::Position,
    postcodes_io::{
        error::ErrorResponse,
        parameters::{Parameters, real, whole},
    },
};

/// Default and largest limit.
pub(super) const LIMIT: i64 = 10;
pub(super) const MAX_LIMIT: i64 = 100;
/// Default and largest radius of postcodes.io, metres.
const RADIUS_M: f64 = 100.0;
const MAX_RADIUS_M: f64 = 2_000.0;
/// Largest radius with `uncapped`: the length of Great Britain. The cost is bounded, because at most [`MAX_LIMIT`] are
/// returned and the search stops as soon as they are found.
const UNCAPPED_RADIUS_M: f64 = 1_000_000.0;
/// A wide search needs this many results. In postcodes.io its radius grows from 500 m by a kilometre, up to below 20 km.
const WIDE_WANTED: usize = 10;
const WIDE_RADIUS_M: f64 = 19_500.0;

/// A search.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Near {
    pub at: Position,
    limit: usize,
    radius_m: f64,
    wide: bool,
    additions: bool,
}

/// The parameters of a search, before they are parsed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Given<'a> {
    pub longitude: Option<&'a str>,
    pub latitude: Option<&'a str>,
    pub limit: Option<&'a str>,
    pub radius: Option<&'a str>,
    pub wide: bool,
    pub uncapped: bool,
    pub additions: bool,
}

impl<'a> Given<'a> {
    /// All parameters of a request except the position.
    pub(super) fn of(parameters: &'a Parameters) -> Self {
        Self {
            limit: parameters.text(&["limit"]),
            radius: parameters.text(&["radius"]),
            wide: parameters.is_set(&["widesearch", "wideSearch"]),
            uncapped: parameters.is_true("uncapped"),
            additions: parameters.is_true("additions"),
            ..Self::default()
        }
    }

    /// Parses the parameters in the order of postcodes.io, so that the first error is the same.
    pub(super) fn read(self) -> Result<Near, ErrorResponse> {
        let limit = self.limit.map_or(Some(LIMIT), whole);
        let limit = limit.filter(|limit| *limit >= 0).ok_or(ErrorResponse::InvalidLimit)?;
        let place =
            |text: Option<&str>| text.and_then(real).ok_or(ErrorResponse::InvalidGeolocation);
        let at = Position { longitude: place(self.longitude)?, latitude: place(self.latitude)? };
        let radius = self.radius.map_or(Some(RADIUS_M), real);
        let radius = radius.filter(|radius| *radius >= 0.0).ok_or(ErrorResponse::InvalidRadius)?;
        let most = if self.uncapped { UNCAPPED_RADIUS_M } else { MAX_RADIUS_M };
        let limit = if self.wide { limit.min(LIMIT) } else { limit.min(MAX_LIMIT) };
        let limit = usize::try_from(limit).unwrap_or(0);
        let (radius_m, wide, additions) = (radius.min(most), self.wide, self.additions);
        Ok(Near { at, limit, radius_m, wide, additions })
    }
}

impl Near {
    /// The entries with their distances; none where postcodes.io returns null.
    pub(super) fn find(self, data: &Data) -> Option<Vec<(Entry<'_>, f64)>> {
        let found = if self.wide {
            let mut found = data.dataset.nearest(self.at, WIDE_WANTED, WIDE_RADIUS_M);
            found.truncate(if found.len() < WIDE_WANTED { 0 } else { self.limit });
            found
        } else {
            data.dataset.nearest(self.at, self.limit, self.radius_m)
        };
        (!found.is_empty()).then_some(found)
    }

    /// The records with their distances.
    pub(super) fn records(self, data: &Data) -> Option<Vec<Record<'_>>> {
        let additions = self.additions;
        let found = self.find(data)?.into_iter();
        let records = found.map(|(entry, distance_m)| {
            let record = Record::of(&entry, &data.areas).at_distance(distance_m);
            record.with_additions(&entry, &data.areas, additions)
        });
        Some(records.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::{Given, Near};
    use crate::postcodes_io::error::ErrorResponse;

    const HERE: Given<'static> = Given {
        longitude: Some("-2.1"),
        latitude: Some("57.1"),
        limit: None,
        radius: None,
        wide: false,
        uncapped: false,
        additions: false,
    };

    fn read(given: Given<'_>) -> Near {
        given.read().unwrap()
    }

    #[test]
    fn limits_and_radii_are_capped_and_not_refused() {
        let near = read(HERE);
        assert_eq!((near.limit, near.radius_m), (10, 100.0));
        let near = read(Given { limit: Some("101"), radius: Some("2001"), ..HERE });
        assert_eq!((near.limit, near.radius_m), (100, 2_000.0));
        let near = read(Given { limit: Some("50"), wide: true, ..HERE });
        assert_eq!(near.limit, 10);
        let near = read(Given { radius: Some("50000"), uncapped: true, ..HERE });
        assert!((near.radius_m - 50_000.0).abs() < f64::EPSILON);
    }

    #[test]
    fn what_is_no_number_is_refused_limit_first() {
        let bad = Given { limit: Some("x"), longitude: Some("x"), radius: Some("x"), ..HERE };
        assert!(matches!(bad.read(), Err(ErrorResponse::InvalidLimit)));
        let bad = Given { limit: None, ..bad };
        assert!(matches!(bad.read(), Err(ErrorResponse::InvalidGeolocation)));
        let bad = Given { radius: Some("-1"), ..HERE };
        assert!(matches!(bad.read(), Err(ErrorResponse::InvalidRadius)));
        let bad = Given { limit: Some("-1"), ..HERE };
        assert!(matches!(bad.read(), Err(ErrorResponse::InvalidLimit)));
    }
}
