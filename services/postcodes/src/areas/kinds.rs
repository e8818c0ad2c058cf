//! The ONS's names of the kinds of areas, and the sets of boundaries they are published in.
//!
//! The name of a column of codes is a stem and the vintage of the publication (`PCON24CD`). The stem identifies the kind; the
//! vintage alone does not identify the boundaries, since the same ones are published again every year.

use chrono::NaiveDate;

/// Stems and kinds, the smallest areas first: a file of wards has their districts too.
const STEMS: &[(&str, &str)] = &[
    ("oa", "oa"),
    ("lsoa", "lsoa"),
    ("msoa", "msoa"),
    ("parncp", "parish"),
    ("par", "parish"),
    ("wd", "ward"),
    ("ced", "county_division"),
    ("bua", "built_up_area"),
    ("npark", "national_park"),
    ("pcon", "constituency"),
    ("spc", "holyrood_constituency"),
    ("spr", "holyrood_region"),
    ("senc", "senedd_constituency"),
    ("nawc", "senedd_constituency"),
    ("senr", "senedd_region"),
    ("nawer", "senedd_region"),
    ("aa", "ni_assembly_constituency"),
    ("lad", "district"),
    ("cty", "county"),
    ("sicbl", "sub_icb"),
    ("icb", "icb"),
    ("cal", "cancer_alliance"),
    ("pfa", "police_force"),
    ("ttwa", "travel_to_work"),
    ("wz", "workplace_zone"),
    ("nhser", "nhs_region"),
    ("hlth", "health_authority"),
    ("pco", "primary_care_trust"),
    ("itl", "itl"),
    ("lep", "local_enterprise_partnership"),
    ("eer", "european_region"),
    ("rgn", "region"),
    ("ctry", "country"),
];

/// First and last codes of the sets of parliamentary constituencies (Register of Geographic Codes).
const CONSTITUENCIES: &[(&str, &str, &str)] = &[
    ("2024", "E14001063", "E14001605"),
    ("2024", "N05000001", "N05000018"),
    ("2024", "S14000060", "S14000111"),
    ("2024", "W07000081", "W07000112"),
    ("2010", "E14000530", "E14001062"),
    ("2010", "N06000001", "N06000018"),
    ("2010", "S14000001", "S14000059"),
    ("2010", "W07000041", "W07000080"),
];

/// Constituencies of Scotland that kept boundary and code in 2024.
const KEPT_IN_2024: [&str; 5] = ["S14000021", "S14000027", "S14000045", "S14000048", "S14000051"];

/// A set of boundaries: kind, generation, first and last day in force. A set comes into force with the election it is for.
type InForce = (&'static str, &'static str, [u32; 3], Option<[u32; 3]>);
const IN_FORCE: &[InForce] = &[
    ("constituency", "2010", [2010, 5, 6], Some([2024, 7, 3])),
    ("constituency", "2024", [2024, 7, 4], None),
    ("holyrood_constituency", "2011", [2011, 5, 5], Some([2026, 5, 6])),
    ("holyrood_constituency", "2026", [2026, 5, 7], None),
    ("senedd_constituency", "2007", [2007, 5, 3], Some([2026, 5, 6])),
    ("senedd_constituency", "2026", [2026, 5, 7], None),
];

/// Longest kind or generation, in bytes.
const MAX_WORD_BYTES: usize = 64;

/// Whether a text can be a kind or a generation: lower-case letters, digits and `_`.
pub(crate) fn is_word(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    (1..=MAX_WORD_BYTES).contains(&text.len()) && text.bytes().all(is_plain)
}

/// A heading such as `PCON24CD`, in its parts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Heading {
    /// Rank of the kind, smallest areas first; unknown ones come last.
    rank: usize,
    pub(crate) kind: String,
    /// The stem in lower case.
    pub(crate) stem: String,
    /// Two digits; a `#` stands for any digit in the patterns of the directory.
    pub(crate) vintage: String,
}

impl Heading {
    /// Reads the heading of a column of codes, in any case; none if it is not one.
    pub(crate) fn parse(heading: &str) -> Option<Self> {
        let lower = heading.to_ascii_lowercase();
        let body = lower.trim_end_matches(|last: char| last.is_ascii_digit()).strip_suffix("cd")?;
        let (stem, vintage) = body.split_at_checked(body.len().checked_sub(2)?)?;
        let is_stem = !stem.is_empty() && stem.bytes().all(|byte| byte.is_ascii_lowercase());
        let is_vintage = vintage.bytes().all(|byte| byte.is_ascii_digit() || byte == b'#');
        if !is_stem || !is_vintage {
            return None;
        }
        let rank = STEMS.iter().position(|(known, _)| *known == stem);
        let kind = rank.and_then(|rank| STEMS.get(rank)).map_or(stem, |(_, kind)| kind);
        Some(Self {
            rank: rank.unwrap_or(STEMS.len()),
            kind: kind.to_owned(),
            stem: stem.to_owned(),
            vintage: vintage.to_owned(),
        })
    }

    /// The year of the vintage; none for a pattern.
    pub(crate) fn year(&self) -> Option<String> {
        self.vintage
            .bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| format!("20{}", self.vintage))
    }
}

/// The set of boundaries that areas belong to, by their codes where these identify it, otherwise by the vintage.
pub(crate) fn generation<'a>(
    kind: &str,
    year: Option<&str>,
    mut codes: impl Iterator<Item = &'a str> + Clone,
) -> Option<String> {
    match kind {
        "constituency" => {
            let holds = |(_, first, last): &(&str, &str, &str), code: &str| {
                (*first..=*last).contains(&code)
            };
            CONSTITUENCIES
                .iter()
                .find(|range| codes.clone().any(|code| holds(range, code)))
                .map(|(generation, ..)| (*generation).to_owned())
                .or_else(|| year.map(str::to_owned))
        }
        // All vintages before the election of 2026 have the previous boundaries.
        "holyrood_constituency" | "senedd_constituency" => {
            codes.next()?;
            let year = year?;
            let before = if kind == "senedd_constituency" { "2007" } else { "2011" };
            Some(if year < "2026" { before } else { year }.to_owned())
        }
        _ => year.map(str::to_owned),
    }
}

/// The newest set of constituencies that a code belongs to.
pub(crate) fn constituency_generation(gss_code: &str) -> Option<&'static str> {
    if KEPT_IN_2024.contains(&gss_code) {
        return Some("2024");
    }
    let mut ranges = CONSTITUENCIES.iter();
    ranges.find(|(_, first, last)| (*first..=*last).contains(&gss_code)).map(|range| range.0)
}

/// First and last day in force of a set, as far as known.
pub(crate) fn in_force(kind: &str, generation: &str) -> (Option<NaiveDate>, Option<NaiveDate>) {
    let date = |[year, month, day]: [u32; 3]| {
        NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)
    };
    let found = IN_FORCE.iter().find(|set| (set.0, set.1) == (kind, generation));
    found.map_or((None, None), |set| (date(set.2), set.3.and_then(date)))
}

#[cfg(test)]
mod tests {
    use super::{Heading, generation, in_force};

    #[test]
    fn the_stem_gives_the_kind_in_any_case_and_vintage() {
        for (heading, kind, year) in [
            ("PCON24CD", "constituency", Some("2024")),
            ("lad25cd", "district", Some("2025")),
            ("WD24CD", "ward", Some("2024")),
            ("SENC26CD", "senedd_constituency", Some("2026")),
            ("SPC26CD", "holyrood_constituency", Some("2026")),
            ("lsoa21cd", "lsoa", Some("2021")),
            ("rgn##cd", "region", None),
            ("bua2#cd", "built_up_area", None),
            ("lep##cd1", "local_enterprise_partnership", None),
            ("XYZ31CD", "xyz", Some("2031")),
        ] {
            let found = Heading::parse(heading).unwrap();
            assert_eq!((found.kind.as_str(), found.year().as_deref()), (kind, year), "{heading}");
        }
        for other in ["PCON24NM", "gss_code", "24CD", "CD", "ruc21ind", "PCONÄ4CD", ""] {
            assert_eq!(Heading::parse(other), None, "{other}");
        }
    }

    #[test]
    fn of_several_kinds_the_smallest_areas_are_meant() {
        let finest = ["LAD24CD", "CTY24CD", "WD24CD"].into_iter().filter_map(Heading::parse).min();
        assert_eq!(finest.unwrap().kind, "ward");
    }

    #[test]
    fn codes_give_the_generation_of_constituencies_and_vintages_that_of_others() {
        let of = |kind, year, code| generation(kind, Some(year), std::iter::once(code));
        assert_eq!(of("constituency", "2025", "E14001419").as_deref(), Some("2024"));
        assert_eq!(of("constituency", "2019", "E14000960").as_deref(), Some("2010"));
        assert_eq!(of("constituency", "2027", "E19").as_deref(), Some("2027"));
        assert_eq!(of("senedd_constituency", "2021", "W09").as_deref(), Some("2007"));
        assert_eq!(of("ward", "2024", "E05").as_deref(), Some("2024"));
    }

    #[test]
    fn a_set_is_in_force_until_the_day_before_the_next_election() {
        let days = |generation| {
            let (from, to) = in_force("constituency", generation);
            (from.map(|day| day.to_string()), to.map(|day| day.to_string()))
        };
        assert_eq!(days("2010"), (Some("2010-05-06".into()), Some("2024-07-03".into())));
        assert_eq!(days("2024"), (Some("2024-07-04".into()), None));
        assert_eq!(in_force("ward", "2024"), (None, None));
    }
}
