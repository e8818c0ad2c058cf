//! `?filter=a,b,c`: the fields of each record to keep in a bulk response.

use serde_json::Value;

/// The fields that can be requested; others are ignored, as in postcodes.io.
const FIELDS: [&str; 24] = [
    "postcode",
    "quality",
    "eastings",
    "northings",
    "country",
    "nhs_ha",
    "longitude",
    "latitude",
    "parliamentary_constituency",
    "european_electoral_region",
    "primary_care_trust",
    "region",
    "lsoa",
    "msoa",
    "incode",
    "outcode",
    "codes",
    "admin_district",
    "parish",
    "admin_county",
    "admin_ward",
    "ccg",
    "nuts",
    "ced",
];

pub(crate) struct Filter(Vec<&'static str>);

impl Filter {
    pub(crate) fn parse(text: &str) -> Self {
        let compact = text.split_whitespace().collect::<String>().to_lowercase();
        let requested: Vec<&str> = compact.split(',').collect();
        Self(FIELDS.into_iter().filter(|field| requested.contains(field)).collect())
    }

    /// Removes all other fields of a record, or of each record of a list.
    pub(crate) fn apply(&self, result: &mut Value) {
        match result {
            Value::Object(record) => record.retain(|field, _| self.0.contains(&field.as_str())),
            Value::Array(records) => records.iter_mut().for_each(|record| self.apply(record)),
            _ => {}
        }
    }
}
