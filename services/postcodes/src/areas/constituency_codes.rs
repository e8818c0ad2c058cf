//! Which GSS codes are constituencies that the look-up of a postcode can return, and why others are not.

use contracts::values::InvalidValue;

use super::{domain::CONSTITUENCY, kinds, lookup::Lookup};
use crate::dataset::kind::Kind;

/// The first characters of the codes of constituencies of the UK Parliament (Register of Geographic Codes).
const PREFIXES: [&str; 5] = ["E14", "N05", "N06", "S14", "W07"];

/// Refuses a code that no look-up returns. Rough boundaries of a few constituencies say nothing about the others.
pub(crate) fn check(lookup: &Lookup<'_>, gss_code: &str) -> Result<(), InvalidValue> {
    let Lookup { dataset, areas, codes, .. } = *lookup;
    if !PREFIXES.iter().any(|prefix| gss_code.starts_with(prefix)) {
        return Err(another_level(lookup, gss_code));
    }
    let in_column = dataset.about().constituency_generation.as_deref();
    let layer = areas.layer(CONSTITUENCY, None).filter(|_| in_column.is_none());
    let is_returned = codes.find(dataset, gss_code).any(|found| found.1.of == Kind::Constituency)
        || layer.is_some_and(|layer| layer.find(gss_code).is_some());
    if is_returned {
        return Ok(());
    }
    let current = in_column.or_else(|| layer?.about().generation.as_deref());
    let is_complete = in_column.is_some() || layer.is_some_and(|layer| !layer.about().rough);
    match (kinds::constituency_generation(gss_code), current) {
        (Some(own), Some(current)) if own != current => Err(another_generation(own, current)),
        _ if is_complete => {
            Err(InvalidValue::new("unknown", "is not a constituency in the postcode data"))
        }
        _ => Ok(()),
    }
}

fn another_level(lookup: &Lookup<'_>, gss_code: &str) -> InvalidValue {
    let found = lookup.codes.find(lookup.dataset, gss_code).next();
    let kind = found.map(|(_, column, _)| format!(" ({})", column.kind.replace('_', " ")));
    let kind = kind.unwrap_or_default();
    let detail = format!("is another kind of area{kind}, not a constituency of the UK Parliament");
    InvalidValue::with_detail("another_level", detail)
}

fn another_generation(own: &str, current: &str) -> InvalidValue {
    let detail = format!(
        "is a constituency of {own}; supporters are matched by the constituencies of {current}"
    );
    InvalidValue::with_detail("another_generation", detail)
}
