//! `GET /v1/campaigns/{id}/public`: all that a front end needs to show a campaign and its form.

use actix_web::{
    http::header,
    web::{Data, Path},
};
use kit::http::{extract::Caller, problem::Problem, reply::Reply};
use serde::Serialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::{
    actions::request::{MAX_ADDRESS, MAX_NAME, MAX_OWN_WORDS, MAX_SUBJECT},
    app::App,
    campaigns::{
        cache::Published,
        domain::{Campaign, Consent, Kind, State},
    },
    counters,
};

#[derive(Serialize)]
pub(crate) struct PublicView {
    id: Uuid,
    organisation: String,
    kind: Kind,
    state: State,
    title: String,
    body: String,
    language: String,
    controller_policy_url: String,
    consents: Vec<Consent>,
    form: Value,
    counter: CounterView,
}

#[derive(Serialize)]
struct CounterView {
    total: i64,
}

pub(crate) async fn get(
    app: Data<App>,
    caller: Caller,
    id: Path<Uuid>,
) -> Result<Reply<PublicView>, Problem> {
    let published = app.campaigns.published(&app.db, caller.tenant_id, *id).await?;
    let total = app.counters.total(&app.db, caller.tenant_id, *id).await?;
    let view = PublicView::new(&published, total);
    Ok(Reply::ok(view).header(header::CACHE_CONTROL, counters::http::CACHE_CONTROL))
}

impl PublicView {
    fn new(published: &Published, total: i64) -> Self {
        let form = form(&published.campaign);
        let campaign = published.campaign.clone();
        Self {
            id: campaign.id,
            organisation: published.organisation.clone(),
            kind: campaign.kind,
            state: campaign.state,
            title: campaign.title,
            body: campaign.body,
            language: campaign.language,
            controller_policy_url: campaign.controller_policy_url,
            consents: campaign.consents,
            form,
            counter: CounterView { total },
        }
    }
}

/// JSON Schema of the body of `POST …/actions`. A required consent must be answered and given.
fn form(campaign: &Campaign) -> Value {
    let text = |max: usize| json!({ "type": "string", "minLength": 1, "maxLength": max });
    let mut properties = Map::from_iter([
        ("name".to_owned(), text(MAX_NAME)),
        ("email".to_owned(), json!({ "type": "string", "format": "email", "maxLength": 254 })),
        ("postcode".to_owned(), json!({ "type": "string", "minLength": 5, "maxLength": 10 })),
        ("address".to_owned(), text(MAX_ADDRESS)),
        ("own_words".to_owned(), text(MAX_OWN_WORDS)),
        ("consents".to_owned(), consents(&campaign.consents)),
    ]);
    let mut required = vec!["name", "email", "postcode", "consents"];
    if campaign.message_to_send().is_some() {
        properties.insert("subject".to_owned(), text(MAX_SUBJECT));
        required.push("address");
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "additionalProperties": false,
        "required": required,
        "properties": properties,
    })
}

fn consents(consents: &[Consent]) -> Value {
    let ids: Vec<&str> = consents.iter().map(|consent| consent.id.as_str()).collect();
    let given: Vec<Value> = consents
        .iter()
        .filter(|consent| consent.required)
        .map(|consent| {
            let answer = json!({ "id": { "const": consent.id }, "given": { "const": true } });
            json!({ "contains": { "properties": answer, "required": ["id", "given"] } })
        })
        .collect();
    let mut schema = json!({
        "type": "array",
        "maxItems": consents.len(),
        "items": {
            "type": "object",
            "additionalProperties": false,
            "required": ["id", "given"],
            "properties": { "id": { "enum": ids }, "given": { "type": "boolean" } },
        },
    });
    if let Some(schema) = schema.as_object_mut().filter(|_| !given.is_empty()) {
        schema.insert("allOf".to_owned(), Value::Array(given));
    }
    schema
}
