//! The record of a postcode, in the JSON shape of postcodes.io since version 19.
//!
//! Every field of that shape is present, and null if its value is not known. A code that says "not applicable" (`E99999999`)
//! is given as published. Our additions are present only on request: `constituency` (with the method and the neighbours) and
//! `codes.senedd_constituency`.

use arrayvec::ArrayString;
use contracts::values::postcode::Postcode;
use serde::Serialize;

use crate::{
    areas::domain::{Areas, Constituency, Neighbour},
    dataset::{image::Entry, kind::Kind},
};

/// A whole record. Positions: metres on the national grid, WGS84 degrees.
#[derive(Clone, Debug, Serialize)]
pub struct Record<'a> {
    pub postcode: Postcode,
    pub quality: Option<u32>,
    pub eastings: Option<u32>,
    pub northings: Option<u32>,
    pub country: Option<&'a str>,
    pub nhs_ha: Option<&'a str>,
    pub longitude: Option<f64>,
    pub latitude: Option<f64>,
    pub european_electoral_region: Option<&'a str>,
    pub primary_care_trust: Option<&'a str>,
    pub region: Option<&'a str>,
    pub lsoa: Option<&'a str>,
    pub msoa: Option<&'a str>,
    pub incode: ArrayString<3>,
    pub outcode: ArrayString<4>,
    pub parliamentary_constituency: Option<&'a str>,
    pub parliamentary_constituency_2024: Option<&'a str>,
    pub senedd_constituency: Option<&'a str>,
    /// Always null: no published data has it.
    pub senedd_constituency_no: Option<u32>,
    pub admin_district: Option<&'a str>,
    pub parish: Option<&'a str>,
    pub admin_county: Option<&'a str>,
    /// `YYYYMM`.
    pub date_of_introduction: Option<String>,
    /// `YYYYMM`.
    pub date_of_termination: Option<String>,
    /// Rank within its country, 1 the most deprived.
    pub index_of_multiple_deprivation: Option<u32>,
    pub admin_ward: Option<&'a str>,
    pub ced: Option<&'a str>,
    pub ccg: Option<&'a str>,
    pub nuts: Option<&'a str>,
    pub pfa: Option<&'a str>,
    pub nhs_region: Option<&'a str>,
    pub ttwa: Option<&'a str>,
    pub national_park: Option<&'a str>,
    pub bua: Option<&'a str>,
    pub icb: Option<&'a str>,
    pub cancer_alliance: Option<&'a str>,
    pub lsoa11: Option<&'a str>,
    pub msoa11: Option<&'a str>,
    pub lsoa21: Option<&'a str>,
    pub msoa21: Option<&'a str>,
    pub oa21: Option<&'a str>,
    pub ruc11: Option<&'a str>,
    pub ruc21: Option<&'a str>,
    pub lep1: Option<&'a str>,
    pub lep2: Option<&'a str>,
    pub codes: Codes<'a>,
    /// Our addition; null if no constituency is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub constituency: Option<Option<ConstituencyDetail<'a>>>,
    /// Metres from the position in the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distance: Option<f64>,
}

/// A constituency, and its neighbours near a border.
#[derive(Clone, Debug, Serialize)]
pub struct ConstituencyDetail<'a> {
    #[serde(flatten)]
    pub constituency: Constituency<'a>,
    /// Other constituencies within 250 m, nearest first.
    pub neighbours: Vec<Neighbour<'a>>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Codes<'a> {
    pub admin_district: Option<&'a str>,
    pub admin_county: Option<&'a str>,
    pub admin_ward: Option<&'a str>,
    pub parish: Option<&'a str>,
    pub parliamentary_constituency: Option<&'a str>,
    pub parliamentary_constituency_2024: Option<&'a str>,
    /// Our addition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub senedd_constituency: Option<Option<&'a str>>,
    pub ccg: Option<&'a str>,
    /// Only if the imported names include it.
    pub ccg_id: Option<&'a str>,
    pub ced: Option<&'a str>,
    /// Only if the imported names include it.
    pub nuts: Option<&'a str>,
    pub lsoa: Option<&'a str>,
    pub msoa: Option<&'a str>,
    pub lau2: Option<&'a str>,
    pub pfa: Option<&'a str>,
    pub nhs_region: Option<&'a str>,
    pub ttwa: Option<&'a str>,
    pub national_park: Option<&'a str>,
    pub bua: Option<&'a str>,
    pub icb: Option<&'a str>,
    pub cancer_alliance: Option<&'a str>,
    pub lsoa11: Option<&'a str>,
    pub msoa11: Option<&'a str>,
    pub lsoa21: Option<&'a str>,
    pub msoa21: Option<&'a str>,
    pub oa21: Option<&'a str>,
    pub ruc11: Option<&'a str>,
    pub ruc21: Option<&'a str>,
    pub lep1: Option<&'a str>,
    pub lep2: Option<&'a str>,
}

impl<'a> Record<'a> {
    pub fn new(entry: &Entry<'a>, areas: &'a Areas) -> Self {
        let name = |kind| entry.published_name(kind);
        let (grid, position) = (entry.grid(), entry.position());
        let constituency = areas.constituency(entry);
        let current = constituency.as_ref().filter(|found| found.generation == Some("2024"));
        Self {
            postcode: entry.postcode(),
            quality: entry.quality(),
            eastings: grid.map(|grid| grid.easting_m),
            northings: grid.map(|grid| grid.northing_m),
            country: name(Kind::Country),
            nhs_ha: name(Kind::HealthAuthority),
            longitude: position.map(|position| position.longitude),
            latitude: position.map(|position| position.latitude),
            european_electoral_region: name(Kind::EuropeanRegion),
            primary_care_trust: name(Kind::PrimaryCareTrust),
            region: name(Kind::Region),
            lsoa: name(Kind::Lsoa21),
            msoa: name(Kind::Msoa21),
            incode: entry.postcode().incode(),
            outcode: entry.postcode().outcode(),
            parliamentary_constituency: constituency.as_ref().and_then(|found| found.name),
            parliamentary_constituency_2024: current.and_then(|found| found.name),
            senedd_constituency: name(Kind::SeneddConstituency),
            senedd_constituency_no: None,
            admin_district: name(Kind::District),
            parish: name(Kind::Parish),
            admin_county: name(Kind::County),
            date_of_introduction: entry.introduced().map(|month| month.to_string()),
            date_of_termination: entry.terminated().map(|month| month.to_string()),
            index_of_multiple_deprivation: deprivation(entry),
            admin_ward: name(Kind::Ward),
            ced: name(Kind::CountyDivision),
            ccg: name(Kind::SubIcb),
            nuts: name(Kind::Lau2),
            pfa: name(Kind::PoliceForce),
            nhs_region: name(Kind::NhsRegion),
            ttwa: name(Kind::TravelToWork),
            national_park: name(Kind::NationalPark),
            bua: name(Kind::BuiltUpArea),
            icb: name(Kind::Icb),
            cancer_alliance: name(Kind::CancerAlliance),
            lsoa11: name(Kind::Lsoa11),
            msoa11: name(Kind::Msoa11),
            lsoa21: name(Kind::Lsoa21),
            msoa21: name(Kind::Msoa21),
            // An output area has no name, so this is its code.
            oa21: entry.published_code(Kind::Oa21),
            ruc11: name(Kind::Ruc11),
            ruc21: name(Kind::Ruc21),
            lep1: name(Kind::Lep1),
            lep2: name(Kind::Lep2),
            codes: Codes::new(entry, constituency.as_ref()),
            constituency: None,
            distance: None,
        }
    }

    /// The same with our additions, if requested.
    #[must_use]
    pub fn with_additions(mut self, entry: &Entry<'a>, areas: &'a Areas, requested: bool) -> Self {
        if !requested {
            return self;
        }
        let position = entry.position();
        let detail = areas.constituency(entry).map(|constituency| ConstituencyDetail {
            neighbours: position
                .map_or_else(Vec::new, |position| areas.neighbours_of(&constituency, position)),
            constituency,
        });
        self.constituency = Some(detail);
        self.codes.senedd_constituency = Some(entry.code(Kind::SeneddConstituency));
        self
    }

    /// The same with a distance.
    #[must_use]
    pub fn at_distance(self, metres: f64) -> Self {
        Self { distance: Some(metres), ..self }
    }
}

fn deprivation(entry: &Entry<'_>) -> Option<u32> {
    entry.code(Kind::Deprivation)?.parse().ok()
}

impl<'a> Codes<'a> {
    fn new(entry: &Entry<'a>, constituency: Option<&Constituency<'a>>) -> Self {
        let code = |kind| entry.published_code(kind);
        let current = constituency.filter(|found| found.generation == Some("2024"));
        let not_applicable = || code(Kind::Constituency).filter(|_| constituency.is_none());
        Self {
            admin_district: code(Kind::District),
            admin_county: code(Kind::County),
            admin_ward: code(Kind::Ward),
            parish: code(Kind::Parish),
            parliamentary_constituency: constituency
                .map(|found| found.gss_code)
                .or_else(not_applicable),
            parliamentary_constituency_2024: current
                .map(|found| found.gss_code)
                .or_else(not_applicable),
            senedd_constituency: None,
            ccg: code(Kind::SubIcb),
            ccg_id: code(Kind::SubIcbNhs),
            ced: code(Kind::CountyDivision),
            nuts: code(Kind::Nuts),
            lsoa: code(Kind::Lsoa21),
            msoa: code(Kind::Msoa21),
            lau2: code(Kind::Lau2),
            pfa: code(Kind::PoliceForce),
            nhs_region: code(Kind::NhsRegion),
            ttwa: code(Kind::TravelToWork),
            national_park: code(Kind::NationalPark),
            bua: code(Kind::BuiltUpArea),
            icb: code(Kind::Icb),
            cancer_alliance: code(Kind::CancerAlliance),
            lsoa11: code(Kind::Lsoa11),
            msoa11: code(Kind::Msoa11),
            lsoa21: code(Kind::Lsoa21),
            msoa21: code(Kind::Msoa21),
            oa21: code(Kind::Oa21),
            ruc11: code(Kind::Ruc11),
            ruc21: code(Kind::Ruc21),
            lep1: code(Kind::Lep1),
            lep2: code(Kind::Lep2),
        }
    }
}
