//! The record of a Scottish postcode, in the JSON shape of postcodes.io since version 20.
//!
//! Every field of that shape is present. Those that are only in the Scottish Postcode Directory and not imported are null.

use serde::{Serialize, Serializer, ser::SerializeMap as _};

use super::record::Source::{Code, Name, Rank, Unknown};
use crate::{
    areas::domain::{Areas, Constituency},
    dataset::{image::Entry, kind::Kind},
};

/// A live postcode of the Scottish directory.
pub(crate) struct ScottishRecord<'a> {
    entry: Entry<'a>,
    constituency: Option<Constituency<'a>>,
}

/// Where the value of a field comes from.
#[derive(Clone, Copy, Debug)]
enum Source {
    Unknown,
    Code(Kind),
    Name(Kind),
    /// A code that is a number.
    Rank(Kind),
}

/// Fields after the postcode and its position.
const FIELDS: [(&str, Source); 53] = [
    ("split_indicator", Unknown),
    ("grid_link_indicator", Unknown),
    ("grid_link_positional_accuracy", Unknown),
    ("council_area", Name(Kind::District)),
    ("electoral_ward", Name(Kind::Ward)),
    ("registration_district", Unknown),
    ("enterprise_region", Unknown),
    ("strategic_development_planning_area", Unknown),
    ("local_government_district", Unknown),
    ("local_government_district_1991", Unknown),
    ("scottish_parliamentary_region", Unknown),
    ("scottish_parliamentary_constituency", Name(Kind::ScottishConstituency)),
    ("health_board_area", Name(Kind::HealthAuthority)),
    ("health_board_area_2006", Unknown),
    ("health_board_area_1995", Unknown),
    ("integration_authority", Unknown),
    ("output_area", Code(Kind::Oa21)),
    ("output_area_2011", Code(Kind::Oa11)),
    ("output_area_2001", Unknown),
    ("output_area_1991", Unknown),
    ("data_zone", Name(Kind::Lsoa21)),
    ("data_zone_2011", Code(Kind::Lsoa11)),
    ("data_zone_2001", Unknown),
    ("intermediate_zone", Name(Kind::Msoa21)),
    ("intermediate_zone_2011", Code(Kind::Msoa11)),
    ("intermediate_zone_2001", Unknown),
    ("locality", Unknown),
    ("locality_2020", Unknown),
    ("locality_2001", Unknown),
    ("locality_1991", Unknown),
    ("settlement", Unknown),
    ("settlement_2020", Unknown),
    ("settlement_2001", Unknown),
    ("civil_parish", Unknown),
    ("island", Unknown),
    ("national_park", Name(Kind::NationalPark)),
    ("travel_to_work_area", Name(Kind::TravelToWork)),
    ("lau_level_1", Name(Kind::Lau2)),
    ("itl_level_2", Unknown),
    ("itl_level_3", Unknown),
    ("urban_rural_6_fold", Code(Kind::Ruc21)),
    ("urban_rural_8_fold", Unknown),
    ("scottish_index_of_multiple_deprivation", Rank(Kind::Deprivation)),
    ("roa_community_planning_partnership", Unknown),
    ("roa_local", Unknown),
    ("census_household_count", Unknown),
    ("census_household_count_2011", Unknown),
    ("census_household_count_2001", Unknown),
    ("census_household_count_1991", Unknown),
    ("census_population_count", Unknown),
    ("census_population_count_2011", Unknown),
    ("census_population_count_2001", Unknown),
    ("census_population_count_1991", Unknown),
];
const CODES: [(&str, Source); 30] = [
    ("council_area", Code(Kind::District)),
    ("electoral_ward", Code(Kind::Ward)),
    ("enterprise_region", Unknown),
    ("local_government_district", Unknown),
    ("local_government_district_1991", Unknown),
    ("scottish_parliamentary_region", Unknown),
    ("scottish_parliamentary_constituency", Code(Kind::ScottishConstituency)),
    ("health_board_area", Code(Kind::HealthAuthority)),
    ("health_board_area_2006", Unknown),
    ("health_board_area_1995", Unknown),
    ("integration_authority", Unknown),
    ("data_zone", Code(Kind::Lsoa21)),
    ("data_zone_2011", Code(Kind::Lsoa11)),
    ("data_zone_2001", Unknown),
    ("intermediate_zone", Code(Kind::Msoa21)),
    ("intermediate_zone_2011", Code(Kind::Msoa11)),
    ("intermediate_zone_2001", Unknown),
    ("locality", Unknown),
    ("settlement", Unknown),
    ("civil_parish", Unknown),
    ("island", Unknown),
    ("national_park", Code(Kind::NationalPark)),
    ("travel_to_work_area", Code(Kind::TravelToWork)),
    ("lau_level_1", Code(Kind::Lau2)),
    ("itl_level_2", Unknown),
    ("itl_level_3", Code(Kind::Nuts)),
    ("registration_district", Unknown),
    ("strategic_development_planning_area", Unknown),
    ("roa_community_planning_partnership", Unknown),
    ("roa_local", Unknown),
];

impl<'a> ScottishRecord<'a> {
    /// None if it is not in the Scottish directory, or that is not imported.
    pub(crate) fn new(entry: Entry<'a>, areas: &'a Areas) -> Option<Self> {
        entry.code(Kind::ScottishConstituency)?;
        Some(Self { entry, constituency: areas.constituency(&entry) })
    }

    /// `small` or `large`, as in the Scottish directory.
    fn user_type(&self) -> Option<&'static str> {
        match self.entry.code(Kind::UserType)? {
            "0" => Some("small"),
            "1" => Some("large"),
            _ => None,
        }
    }
}

impl Serialize for ScottishRecord<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let postcode = self.entry.postcode();
        let (outcode, incode) = (postcode.outcode(), postcode.incode());
        let sector = incode.get(..1).unwrap_or_default();
        let (position, grid) = (self.entry.position(), self.entry.grid());
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("postcode", &postcode)?;
        map.serialize_entry("pc_compact", &postcode.compact())?;
        map.serialize_entry("postcode_district", &outcode)?;
        map.serialize_entry("postcode_sector", &format_args!("{outcode} {sector}"))?;
        map.serialize_entry("incode", &incode)?;
        map.serialize_entry("outcode", &outcode)?;
        map.serialize_entry("user_type", &self.user_type())?;
        for unknown in ["date_of_introduction", "date_of_deletion", "linked_small_user_postcode"] {
            map.serialize_entry(unknown, &())?;
        }
        map.serialize_entry("longitude", &position.map(|position| position.longitude))?;
        map.serialize_entry("latitude", &position.map(|position| position.latitude))?;
        map.serialize_entry("eastings", &grid.map(|grid| grid.easting_m))?;
        map.serialize_entry("northings", &grid.map(|grid| grid.northing_m))?;
        let name = self.constituency.and_then(|found| found.name);
        map.serialize_entry("uk_parliamentary_constituency", &name)?;
        serialize_areas(&mut map, &self.entry, &FIELDS)?;
        map.serialize_entry("never_digitised", &())?;
        map.serialize_entry("codes", &Codes(self))?;
        map.end()
    }
}

struct Codes<'a>(&'a ScottishRecord<'a>);

impl Serialize for Codes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let code = self.0.constituency.map(|found| found.gss_code);
        map.serialize_entry("uk_parliamentary_constituency", &code)?;
        serialize_areas(&mut map, &self.0.entry, &CODES)?;
        map.end()
    }
}

fn serialize_areas<M: serde::ser::SerializeMap>(
    map: &mut M,
    entry: &Entry<'_>,
    fields: &[(&str, Source)],
) -> Result<(), M::Error> {
    for (field, source) in fields {
        match source {
            Unknown => map.serialize_entry(field, &())?,
            Code(kind) => map.serialize_entry(field, &entry.code(*kind))?,
            Name(kind) => map.serialize_entry(field, &entry.name(*kind))?,
            Rank(kind) => {
                let rank = entry.code(*kind).and_then(|code| code.parse::<u32>().ok());
                map.serialize_entry(field, &rank)?;
            }
        }
    }
    Ok(())
}
