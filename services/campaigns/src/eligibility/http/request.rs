//! A named area as the organisation sends it, and the places that are checked against it.

use kit::http::{fields::Fields, problem::Problem};
use serde::Deserialize;
use serde_json::Value;

use crate::{eligibility::domain::Change, values};

const MAX_NAME: usize = 200;

/// Body of POST and PATCH. The definition is checked by `postcodes`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AreaRequest {
    name: Option<String>,
    area: Option<Value>,
}

/// Body of a check.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CheckRequest {
    pub(super) places: Vec<Value>,
}

impl AreaRequest {
    pub(super) fn into_change(self) -> Result<Change<Value>, Problem> {
        let mut fields = Fields::default();
        let name = fields.optional("/name", self.name, |text| values::line(&text, MAX_NAME));
        fields.finish(Some(Change { name, definition: self.area }))
    }

    /// The name and the definition of a new area.
    pub(super) fn into_content(self) -> Result<(String, Value), Problem> {
        let mut fields = Fields::default();
        let name = fields.required("/name", self.name, |text| values::line(&text, MAX_NAME));
        let area = fields.required("/area", self.area, Ok);
        fields.finish(name.zip(area))
    }
}
