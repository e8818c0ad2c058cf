//! Bad input: a clear answer for each field, and nothing changed.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    REPRESENTATIVES, SCOPES, World, ada, code, id, invalid_fields, letter, petition,
};

async fn refused(
    world: &World,
    campaign: uuid::Uuid,
    field: &str,
    value: Value,
) -> Vec<(String, String)> {
    let before = world.footprint().await;
    let mut body = ada();
    body[field] = value;
    let answer = world.act(campaign, &body).await;
    let found = invalid_fields(&answer);
    assert_eq!(world.footprint().await, before, "{field} changed something");
    assert!(!answer.text.contains("Lovelace") && !answer.text.contains("ada@"), "{}", answer.text);
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_bad_field_of_an_action_is_reported_and_changes_nothing() {
    let world = World::new().await;
    let campaign = world.live(&petition()).await;
    let cases = [
        ("postcode", json!("nowhere"), "/postcode", "malformed"),
        ("postcode", json!("ZZ9 9ZZ"), "/postcode", "unknown"),
        ("postcode", Value::Null, "/postcode", "required"),
        ("email", json!("ada"), "/email", "malformed"),
        ("email", json!("ada@supporter.example\r\nBcc: x@y.example"), "/email", "malformed"),
        ("name", json!("Ada\r\nBcc: x@y.example"), "/name", "control_character"),
        ("name", json!("Ada\nSubject: x"), "/name", "control_character"),
        ("name", json!("\u{200b}\u{feff}"), "/name", "empty"),
        ("name", json!("visit https://evil.example"), "/name", "url"),
        ("name", json!("x".repeat(101)), "/name", "too_long"),
        ("address", json!("x".repeat(501)), "/address", "too_long"),
        ("own_words", json!("x".repeat(10_001)), "/own_words", "too_long"),
        ("own_words", json!("bell \u{7}"), "/own_words", "control_character"),
        ("subject", json!("Trees"), "/subject", "unknown"),
        ("consents", json!([]), "/consents", "consent_required"),
        ("consents", json!([{ "id": "terms", "given": false }]), "/consents", "consent_required"),
        ("colour", json!("red"), "/colour", "malformed"),
        ("name", json!(7), "/name", "malformed"),
    ];
    for (field, value, pointer, code) in cases {
        let found = refused(&world, campaign, field, value.clone()).await;
        assert_eq!(found, [(pointer.to_owned(), code.to_owned())], "{field}: {value}");
    }
    let twice = json!([{ "id": "terms", "given": true }, { "id": "terms", "given": true }]);
    assert_eq!(refused(&world, campaign, "consents", twice).await[0].1, "duplicate");
    let foreign = json!([{ "id": "terms", "given": true }, { "id": "spam", "given": true }]);
    assert_eq!(refused(&world, campaign, "consents", foreign).await[0].1, "unknown");
}

/// A letter goes to an office, which wants the sender's address; a petition goes to nobody and needs none.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_needs_a_postal_address_and_takes_a_subject_and_a_petition_neither() {
    let world = World::new().await;
    world.import(REPRESENTATIVES).await;
    let (petition, letter) = (world.live(&petition()).await, world.live(&letter()).await);
    for (field, value, code) in [
        ("address", Value::Null, "required"),
        ("address", json!(" "), "empty"),
        ("subject", json!("x\r\nBcc: y@z.example"), "control_character"),
    ] {
        let found = refused(&world, letter, field, value).await;
        assert_eq!(found, [(format!("/{field}"), code.to_owned())]);
    }
    for empty in [Value::Null, json!(" ")] {
        let mut body = ada();
        body["address"] = empty.clone();
        body["subject"] = empty;
        let answer = world.act(petition, &body).await;
        assert_eq!(answer.status, 202, "{}", answer.text);
    }
    let form = async |id: uuid::Uuid| {
        world.owner.get(&format!("/v1/campaigns/{id}/public")).await.json()["form"].take()
    };
    let (petition, letter) = (form(petition).await, form(letter).await);
    let needs = |form: &Value| form["required"].as_array().unwrap().contains(&json!("address"));
    assert!(needs(&letter) && !needs(&petition), "{petition}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_invalid_fields_are_reported_at_once() {
    let world = World::new().await;
    let campaign = world.live(&letter()).await;
    let answer = world.act(campaign, &json!({ "email": "x", "postcode": "y" })).await;
    let pointers: Vec<String> =
        invalid_fields(&answer).into_iter().map(|(pointer, _)| pointer).collect();
    assert_eq!(pointers, ["/name", "/email", "/postcode", "/address", "/consents"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_json_or_too_much_of_it_is_refused() {
    let world = World::new().await;
    let campaign = world.live(&petition()).await;
    let before = world.footprint().await;
    let path = format!("/v1/campaigns/{campaign}/actions");
    let send = async |kind: &str, body: Vec<u8>| {
        let request = world.owner.request(Method::POST, &path).header("content-type", kind);
        world.owner.send(request.body(body)).await
    };
    assert_eq!(
        code(&send("application/json", b"{\"name\": ".to_vec()).await),
        (400, "bad_request".into())
    );
    assert_eq!(
        code(&send("text/plain", b"{}".to_vec()).await),
        (415, "unsupported_media_type".into())
    );
    assert_eq!(
        code(&send("application/json", vec![b' '; 70_000]).await),
        (413, "too_large".into())
    );
    assert_eq!(world.footprint().await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_campaign_of_another_tenant_or_a_draft_or_a_closed_one_takes_no_action() {
    let world = World::new().await;
    let campaign = world.live(&petition()).await;
    let before = world.footprint().await;
    let stranger = world.app.caller(SCOPES);
    let path = format!("/v1/campaigns/{campaign}/actions");
    assert_eq!(code(&stranger.post(&path, &ada()).await), (404, "not_found".into()));
    assert_eq!(world.act(id(), &ada()).await.status, 404);
    assert_eq!(world.owner.post("/v1/campaigns/x/actions", &ada()).await.status, 404);
    assert_eq!(world.footprint().await, before);
    let draft = world.draft(&petition()).await;
    assert_eq!(world.act(draft, &ada()).await.status, 404);
    world.owner.post(&format!("/v1/campaigns/{campaign}/close"), &json!({})).await;
    assert_eq!(code(&world.act(campaign, &ada()).await), (409, "campaign_closed".into()));
    assert_eq!(world.count("SELECT count(*) FROM actions").await, 0);
}
