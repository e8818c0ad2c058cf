//! `GET /v1/campaigns/{id}/public`: all that a front end needs to show a campaign and its form.

use actix_web::{
    HttpResponse, Responder,
    http::header,
    web::{Data, Path},
};
use kit::http::{extract::Caller, problem::Problem};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    cache::Published,
    domain::{Campaign, Consent, Kind, State},
};
use crate::{
    actions::request::{MAX_ADDRESS, MAX_NAME, MAX_OWN_WORDS, MAX_SUBJECT},
    app::App,
    counters,
    error::Error,
};

#[derive(Serialize)]
struct PublicView<'a> {
    id: Uuid,
    organisation: &'a str,
    kind: Kind,
    state: State,
    title: &'a str,
    body: &'a str,
    language: &'a str,
    controller_policy_url: &'a str,
    consents: &'a [Consent],
    form: Value,
    counter: Counter,
}

#[derive(Serialize)]
struct Counter {
    total: i64,
}

pub(crate) async fn get(
    app: Data<App>,
    caller: Caller,
    id: Path<Uuid>,
) -> Result<impl Responder, Problem> {
    let published = app.campaigns.published(&app.db, caller.tenant_id, *id).await?;
    let total = app
        .db
        .tx("campaigns.public", caller.tenant_id, async |conn| -> Result<_, Error> {
            Ok(counters::store::total(conn, *id).await?)
        })
        .await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, counters::http::CACHE_CONTROL))
        .json(view(&published, total)))
}

fn view(published: &Published, total: i64) -> PublicView<'_> {
    let Published { campaign, organisation } = published;
    PublicView {
        id: campaign.id,
        organisation,
        kind: campaign.kind,
        state: campaign.state,
        title: &campaign.title,
        body: &campaign.body,
        language: &campaign.language,
        controller_policy_url: &campaign.controller_policy_url,
        consents: &campaign.consents,
        form: form(campaign),
        counter: Counter { total },
    }
}

/// JSON Schema of the body of `POST …/actions`. A required consent must be there and be given.
fn form(campaign: &Campaign) -> Value {
    let mut properties = json!({
        "name": { "type": "string", "minLength": 1, "maxLength": MAX_NAME },
        "email": { "type": "string", "format": "email", "maxLength": 254 },
        "postcode": { "type": "string", "minLength": 5, "maxLength": 10 },
        "address": { "type": "string", "minLength": 1, "maxLength": MAX_ADDRESS },
        "consents": consents(&campaign.consents),
    });
    if campaign.message_to_send().is_some()
        && let Some(properties) = properties.as_object_mut()
    {
        let subject = json!({ "type": "string", "minLength": 1, "maxLength": MAX_SUBJECT });
        properties.insert("subject".to_owned(), subject);
    }
    if let Some(properties) = properties.as_object_mut() {
        let own_words = json!({ "type": "string", "minLength": 1, "maxLength": MAX_OWN_WORDS });
        properties.insert("own_words".to_owned(), own_words);
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "additionalProperties": false,
        "required": ["name", "email", "postcode", "address", "consents"],
        "properties": properties,
    })
}

fn consents(consents: &[Consent]) -> Value {
    let ids: Vec<&str> = consents.iter().map(|consent| consent.id.as_str()).collect();
    let musts: Vec<Value> = consents
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
    if let Some(schema) = schema.as_object_mut().filter(|_| !musts.is_empty()) {
        schema.insert("allOf".to_owned(), Value::Array(musts));
    }
    schema
}
