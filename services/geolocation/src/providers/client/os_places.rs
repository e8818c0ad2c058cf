//! OS Places: the Ordnance Survey's addresses, from its `DPA` data set (Royal Mail's format of an address).

use serde::Deserialize;
use url::Url;

use super::result::ProviderResult;
use crate::{geocoding::domain::Details, providers::domain::Question};

/// Most results of one request.
const MAX_RESULTS: usize = 100;

#[derive(Deserialize)]
struct Answer {
    /// Absent when nothing was found.
    #[serde(default)]
    results: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    #[serde(rename = "DPA")]
    dpa: Option<Dpa>,
}

#[derive(Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
struct Dpa {
    uprn: String,
    address: String,
    organisation_name: Option<String>,
    building_name: Option<String>,
    building_number: Option<String>,
    thoroughfare_name: Option<String>,
    post_town: Option<String>,
    postcode: Option<String>,
    lng: f64,
    lat: f64,
    /// From 0 to 1; absent in reverse.
    r#match: Option<f64>,
}

pub(super) fn url(base: &Url, key: &str, question: &Question, limit: usize) -> Url {
    let mut url = base.clone();
    let path = if matches!(question, Question::Text(_)) { "find" } else { "nearest" };
    url.set_path(&format!("{}/{path}", base.path().trim_end_matches('/')));
    let mut query = url.query_pairs_mut();
    query.append_pair("key", key).append_pair("output_srs", "WGS84");
    match question {
        Question::Text(text) => {
            let limit = limit.min(MAX_RESULTS).to_string();
            query.append_pair("query", &text.one_line()).append_pair("maxresults", &limit);
        }
        Question::Point(point) => {
            let point = format!("{},{}", point.latitude, point.longitude);
            query.append_pair("srs", "WGS84").append_pair("point", &point);
        }
    }
    drop(query);
    url
}

pub(super) fn parse(body: &[u8]) -> Result<Vec<ProviderResult>, serde_json::Error> {
    let answer: Answer = serde_json::from_slice(body)?;
    Ok(answer.results.into_iter().filter_map(|item| item.dpa).map(result).collect())
}

fn result(dpa: Dpa) -> ProviderResult {
    ProviderResult {
        id: dpa.uprn,
        name: dpa.organisation_name.or_else(|| dpa.building_name.clone()),
        label: dpa.address,
        longitude: dpa.lng,
        latitude: dpa.lat,
        bbox: None,
        confidence: dpa.r#match.unwrap_or(1.0),
        importance: 0.0,
        details: Details {
            house_number: dpa.building_number.or(dpa.building_name),
            street: dpa.thoroughfare_name,
            city: dpa.post_town,
            postcode: dpa.postcode,
            ..Details::default()
        },
    }
}
