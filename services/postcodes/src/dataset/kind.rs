//! The kinds of areas and statistical classes of a postcode.

use serde::{Deserialize, Serialize};

/// A kind of area; its serialised form is its key in the file format and never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Country,
    Region,
    County,
    CountyDivision,
    District,
    Ward,
    Parish,
    /// Of the House of Commons, in the generation of the directory.
    Constituency,
    /// Of the House of Commons from 2010 to 2024, added to a newer directory.
    Constituency2010,
    /// Of the Senedd of Wales. Each consists of two of the House of Commons, so it follows from [`Kind::Constituency`] if
    /// there is no column.
    SeneddConstituency,
    /// Of the Scottish Parliament, added from the Scottish Postcode Directory.
    ScottishConstituency,
    EuropeanRegion,
    HealthAuthority,
    NhsRegion,
    PrimaryCareTrust,
    SubIcb,
    /// The NHS's own short code of the sub-ICB location; follows from [`Kind::SubIcb`].
    SubIcbNhs,
    Icb,
    CancerAlliance,
    PoliceForce,
    TravelToWork,
    NationalPark,
    BuiltUpArea,
    Lau2,
    /// International Territorial Level 3; follows from [`Kind::Lau2`].
    Nuts,
    Lep1,
    Lep2,
    Oa11,
    Oa21,
    Lsoa11,
    Lsoa21,
    Msoa11,
    Msoa21,
    WorkplaceZone,
    Ruc11,
    Ruc21,
    Oac11,
    Oac21,
    /// Rank of the index of multiple deprivation within its country, 1 the most deprived; a number.
    Deprivation,
    /// `0` for a small user, `1` for a large one.
    UserType,
}

impl Kind {
    pub const ALL: [Self; 40] = [
        Self::Country,
        Self::Region,
        Self::County,
        Self::CountyDivision,
        Self::District,
        Self::Ward,
        Self::Parish,
        Self::Constituency,
        Self::Constituency2010,
        Self::SeneddConstituency,
        Self::ScottishConstituency,
        Self::EuropeanRegion,
        Self::HealthAuthority,
        Self::NhsRegion,
        Self::PrimaryCareTrust,
        Self::SubIcb,
        Self::SubIcbNhs,
        Self::Icb,
        Self::CancerAlliance,
        Self::PoliceForce,
        Self::TravelToWork,
        Self::NationalPark,
        Self::BuiltUpArea,
        Self::Lau2,
        Self::Nuts,
        Self::Lep1,
        Self::Lep2,
        Self::Oa11,
        Self::Oa21,
        Self::Lsoa11,
        Self::Lsoa21,
        Self::Msoa11,
        Self::Msoa21,
        Self::WorkplaceZone,
        Self::Ruc11,
        Self::Ruc21,
        Self::Oac11,
        Self::Oac21,
        Self::Deprivation,
        Self::UserType,
    ];

    /// Its position in [`Self::ALL`].
    #[expect(clippy::as_conversions, reason = "a kind's place is its number")]
    pub fn place(self) -> usize {
        self as usize
    }

    /// Headings of its column in the ONS directory, newest first; `#` stands for a digit of the vintage, which changes with
    /// every release. None for kinds that come from other sources.
    pub fn headings(self) -> &'static [&'static str] {
        match self {
            Self::Country => &["ctry##cd", "ctry"],
            Self::Region => &["rgn##cd", "rgn"],
            Self::County => &["cty##cd", "oscty"],
            Self::CountyDivision => &["ced##cd", "ced"],
            Self::District => &["lad##cd", "oslaua", "laua"],
            Self::Ward => &["wd##cd", "osward"],
            Self::Parish => &["parncp##cd", "par##cd", "parish"],
            Self::Constituency => &["pcon##cd", "pcon"],
            Self::SeneddConstituency => &["senc##cd", "nawc##cd"],
            Self::ScottishConstituency => &["spc##cd"],
            Self::EuropeanRegion => &["eer##cd", "eer"],
            Self::HealthAuthority => &["hlth##cd", "oshlthau"],
            Self::NhsRegion => &["nhser##cd", "nhser"],
            Self::PrimaryCareTrust => &["pco##cd", "pct"],
            Self::SubIcb => &["sicbl##cd", "sicbl", "ccg"],
            Self::Icb => &["icb##cd", "icb", "stp"],
            Self::CancerAlliance => &["cal##cd", "calncv"],
            Self::PoliceForce => &["pfa##cd", "pfa"],
            Self::TravelToWork => &["ttwa##cd", "ttwa"],
            Self::NationalPark => &["npark##cd", "npark", "park"],
            // The column `bua11` of older releases has different areas.
            Self::BuiltUpArea => &["bua2#cd", "bua2#"],
            Self::Lau2 => &["itl##cd", "itl", "nuts"],
            Self::Lep1 => &["lep##cd1", "lep1"],
            Self::Lep2 => &["lep##cd2", "lep2"],
            Self::Oa11 => &["oa11cd", "oa11"],
            Self::Oa21 => &["oa21cd", "oa21"],
            Self::Lsoa11 => &["lsoa11cd", "lsoa11"],
            Self::Lsoa21 => &["lsoa21cd", "lsoa21"],
            Self::Msoa11 => &["msoa11cd", "msoa11"],
            Self::Msoa21 => &["msoa21cd", "msoa21"],
            Self::WorkplaceZone => &["wz11cd", "wz11"],
            Self::Ruc11 => &["ruc11ind", "ru11ind", "ruc11cd"],
            Self::Ruc21 => &["ruc21ind", "ruc21cd"],
            Self::Oac11 => &["oac11ind", "oac11", "oac11cd"],
            Self::Oac21 => &["oac21ind", "oac21cd"],
            Self::Deprivation => &["imd##ind", "imd"],
            Self::UserType => &["usrtypind", "usertype"],
            Self::Constituency2010 | Self::SubIcbNhs | Self::Nuts => &[],
        }
    }

    /// Names, without `.json`, of the look-up files with the names of this kind.
    pub fn names_files(self) -> &'static [&'static str] {
        match self {
            Self::Country => &["countries"],
            Self::Region => &["regions"],
            Self::County => &["counties"],
            Self::CountyDivision => &["ceds"],
            Self::District => &["districts"],
            Self::Ward => &["wards"],
            Self::Parish => &["parishes"],
            Self::Constituency => &["constituencies"],
            Self::Constituency2010 => &["constituencies_2010"],
            Self::SeneddConstituency => &["senedd_constituencies"],
            Self::ScottishConstituency => &["scottish_constituencies"],
            Self::EuropeanRegion => &["european_registers"],
            Self::HealthAuthority => &["nhsHa"],
            Self::NhsRegion => &["nhs_regions"],
            Self::PrimaryCareTrust => &["pcts"],
            Self::SubIcb => &["ccgs"],
            Self::Icb => &["icb", "icbs"],
            Self::CancerAlliance => &["cancer_alliances"],
            Self::PoliceForce => &["police_force_areas"],
            Self::TravelToWork => &["ttwa", "ttwas"],
            Self::NationalPark => &["national_parks"],
            Self::BuiltUpArea => &["bua", "buas"],
            Self::Lau2 => &["nuts"],
            Self::Lep1 | Self::Lep2 => &["lep", "leps"],
            Self::Lsoa11 => &["lsoa", "lsoa11"],
            Self::Lsoa21 => &["lsoa21"],
            Self::Msoa11 => &["msoa", "msoa11"],
            Self::Msoa21 => &["msoa21"],
            Self::Ruc11 => &["ruc11"],
            Self::Ruc21 => &["ruc21"],
            Self::Oac11 => &["oac11"],
            Self::Oac21 => &["oac21"],
            Self::SubIcbNhs
            | Self::Nuts
            | Self::Oa11
            | Self::Oa21
            | Self::WorkplaceZone
            | Self::Deprivation
            | Self::UserType => &[],
        }
    }

    /// The kind whose code determines this one's if there is no column.
    pub fn follows(self) -> Option<Self> {
        match self {
            Self::SubIcbNhs => Some(Self::SubIcb),
            Self::Nuts => Some(Self::Lau2),
            Self::SeneddConstituency => Some(Self::Constituency),
            _ => None,
        }
    }

    /// Whether some release of the ONS directory has a column of it.
    pub fn in_directory(self) -> bool {
        let elsewhere = [Self::SeneddConstituency, Self::ScottishConstituency];
        !self.headings().is_empty() && !elsewhere.contains(&self)
    }
}

#[cfg(test)]
mod tests {
    use super::Kind;

    #[test]
    fn every_kind_stands_at_its_place() {
        for (place, kind) in Kind::ALL.into_iter().enumerate() {
            assert_eq!(kind.place(), place, "{kind:?}");
        }
    }
}
