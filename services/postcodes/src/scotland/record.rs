//! The answer for a Scottish postcode, in the JSON shape of postcodes.io version 18.

use serde::Serialize;

use crate::dataset::image::Entry;
use crate::dataset::kind::Kind;
use crate::postcode::domain::Postcode;

/// A postcode that the Scottish directory lists as live.
#[derive(Clone, Debug, Serialize)]
pub struct ScottishRecord<'a> {
    pub postcode: Postcode,
    pub scottish_parliamentary_constituency: Option<&'a str>,
    pub codes: Codes<'a>,
}

/// The codes of its areas.
#[derive(Clone, Debug, Serialize)]
pub struct Codes<'a> {
    pub scottish_parliamentary_constituency: &'a str,
}

impl<'a> ScottishRecord<'a> {
    /// None where the Scottish directory does not list it, or none was laid over.
    pub fn of(entry: &Entry<'a>) -> Option<Self> {
        let area = entry.area(Kind::ScottishConstituency)?;
        Some(Self {
            postcode: entry.postcode(),
            scottish_parliamentary_constituency: area.name,
            codes: Codes { scottish_parliamentary_constituency: area.code },
        })
    }
}
