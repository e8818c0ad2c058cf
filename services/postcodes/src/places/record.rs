//! The record of a place, in the JSON shape of postcodes.io.

use serde::Serialize;

/// Texts of a place: its code, two names with their languages, its type, and where it is.
pub(super) const TEXTS: usize = 13;

/// A place. Metres are those of the British grid, truncated to integers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Place<'a> {
    /// Such as `osgb4000000074558362`.
    pub code: Option<&'a str>,
    pub name_1: Option<&'a str>,
    pub name_1_lang: Option<&'a str>,
    pub name_2: Option<&'a str>,
    pub name_2_lang: Option<&'a str>,
    /// City, Town, Village, Hamlet, Suburban Area, Other Settlement.
    pub local_type: Option<&'a str>,
    pub outcode: Option<&'a str>,
    pub county_unitary: Option<&'a str>,
    pub county_unitary_type: Option<&'a str>,
    pub district_borough: Option<&'a str>,
    pub district_borough_type: Option<&'a str>,
    pub region: Option<&'a str>,
    pub country: Option<&'a str>,
    pub longitude: Option<f64>,
    pub latitude: Option<f64>,
    pub eastings: Option<u32>,
    pub northings: Option<u32>,
    pub min_eastings: Option<u32>,
    pub min_northings: Option<u32>,
    pub max_eastings: Option<u32>,
    pub max_northings: Option<u32>,
}

impl<'a> Place<'a> {
    /// From the texts, in the order of the fields, degrees and metres.
    pub(super) fn new(
        texts: [Option<&'a str>; TEXTS],
        degrees: Option<(f64, f64)>,
        metres: [Option<u32>; 6],
    ) -> Self {
        let [
            code,
            name_1,
            name_1_lang,
            name_2,
            name_2_lang,
            local_type,
            outcode,
            county_unitary,
            county_unitary_type,
            district_borough,
            district_borough_type,
            region,
            country,
        ] = texts;
        let [eastings, northings, min_eastings, min_northings, max_eastings, max_northings] =
            metres;
        Self {
            code,
            name_1,
            name_1_lang,
            name_2,
            name_2_lang,
            local_type,
            outcode,
            county_unitary,
            county_unitary_type,
            district_borough,
            district_borough_type,
            region,
            country,
            longitude: degrees.map(|degrees| degrees.0),
            latitude: degrees.map(|degrees| degrees.1),
            eastings,
            northings,
            min_eastings,
            min_northings,
            max_eastings,
            max_northings,
        }
    }
}
