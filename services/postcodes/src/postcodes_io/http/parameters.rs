//! Query parameters as postcodes.io parses them: a repeated parameter is joined by commas, an empty one counts as absent.

use std::{
    collections::HashMap,
    future::{Ready, ready},
};

use actix_web::{FromRequest, HttpRequest, dev::Payload};

use super::error::ErrorResponse;
use crate::{
    geometry::position::Position,
    postcodes_io::numbers::{real, whole},
};

/// Default and largest number of results of all searches.
pub(crate) const LIMIT: i64 = 10;
pub(crate) const MAX_LIMIT: i64 = 100;

#[derive(Debug, Default)]
pub(crate) struct Parameters(HashMap<String, String>);

impl Parameters {
    /// Parses a query string, which never fails.
    fn parse(query: &str) -> Self {
        let mut all: HashMap<String, String> = HashMap::new();
        for (key, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let joined = all.entry(key.into_owned()).or_default();
            if !joined.is_empty() {
                joined.push(',');
            }
            joined.push_str(&value);
        }
        Self(all)
    }

    /// The first of these parameters that is not empty.
    pub(crate) fn text(&self, names: &[&str]) -> Option<&str> {
        let given = names.iter().filter_map(|name| self.0.get(*name));
        given.map(String::as_str).find(|value| !value.is_empty())
    }

    /// Whether one of our own parameters is `true`.
    pub(crate) fn is_true(&self, name: &str) -> bool {
        self.text(&[name]) == Some("true")
    }

    /// Whether the parameter has any value: to postcodes.io, `widesearch=false` means the same as `true`.
    pub(crate) fn is_set(&self, names: &[&str]) -> bool {
        self.text(names).is_some()
    }

    /// Longitude and latitude, if both are given by their long or by their short names.
    pub(crate) fn position(&self) -> Option<(&str, &str)> {
        let pair = |longitude, latitude| self.text(&[longitude]).zip(self.text(&[latitude]));
        pair("longitude", "latitude").or_else(|| pair("lon", "lat"))
    }

    /// The limit of a search by text: an invalid one, or one less than one, is ignored.
    pub(crate) fn search_limit(&self, names: &[&str]) -> usize {
        let limit = self.text(names).and_then(whole).filter(|limit| *limit >= 1);
        usize::try_from(limit.unwrap_or(LIMIT).min(MAX_LIMIT)).unwrap_or_default()
    }
}

impl FromRequest for Parameters {
    type Error = ErrorResponse;
    type Future = Ready<Result<Self, ErrorResponse>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::parse(request.query_string())))
    }
}

/// The limit of a search by position: at most `most`.
pub(crate) fn limit(given: Option<&str>, most: i64) -> Result<usize, ErrorResponse> {
    let limit = given.map_or(Some(LIMIT), whole).filter(|limit| *limit >= 0);
    let limit = limit.ok_or(ErrorResponse::InvalidLimit)?;
    Ok(usize::try_from(limit.min(most)).unwrap_or_default())
}

/// The position of a search, given as longitude and latitude.
pub(crate) fn position(given: Option<(&str, &str)>) -> Result<Position, ErrorResponse> {
    let position = given.and_then(|(longitude, latitude)| {
        Some(Position { longitude: real(longitude)?, latitude: real(latitude)? })
    });
    position.ok_or(ErrorResponse::InvalidGeolocation)
}

/// The radius of a search by position in metres: at most `most`.
pub(crate) fn radius_m(given: Option<&str>, default: f64, most: f64) -> Result<f64, ErrorResponse> {
    let radius = given.map_or(Some(default), real).filter(|radius| *radius >= 0.0);
    Ok(radius.ok_or(ErrorResponse::InvalidRadius)?.min(most))
}

#[cfg(test)]
mod tests {
    use super::Parameters;

    #[test]
    fn what_is_given_twice_is_joined_and_what_is_empty_is_absent() {
        let parameters = Parameters::parse("limit=1&limit=2&q=&query=M1%201&b");
        assert_eq!(parameters.text(&["limit"]), Some("1,2"));
        assert_eq!(parameters.text(&["q", "query"]), Some("M1 1"));
        assert!(!parameters.is_set(&["q"]) && !parameters.is_set(&["b"]));
    }
}
