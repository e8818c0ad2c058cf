//! Draft, live, closed; versions; templates; the public face.

use contracts::{
    campaigns::{CampaignClosed, CampaignPublished},
    identity::TenantRenamed,
};
use diesel::sql_query;
use diesel_async::RunQueryDsl as _;
use serde_json::{Value, json};

use crate::support::{World, ada, code, invalid_fields, letter, petition};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_campaign_goes_live_and_closes_and_says_so() {
    let world = World::new().await;
    let id = world.live(&letter()).await;
    let close = format!("/v1/campaigns/{id}/close");
    let publish = format!("/v1/campaigns/{id}/publish");
    assert_eq!(code(&world.owner.post(&publish, &json!({})).await).1, "campaign_not_draft");
    let closed = world.owner.post(&close, &json!({})).await;
    assert_eq!((closed.status, closed.json()["state"].as_str()), (200, Some("closed")));
    assert_eq!(
        code(&world.owner.post(&close, &json!({})).await),
        (409, "campaign_not_live".into())
    );
    assert_eq!(world.pushed::<CampaignPublished>().await.len(), 1);
    assert!(
        world.pushed::<CampaignClosed>().await.is_empty(),
        "it counts confirmations for another day"
    );
    let list = world.owner.get("/v1/campaigns").await.json();
    assert_eq!(list["data"].as_array().unwrap().len(), 1);
}

/// Idempotency keys: the state that a handler would refuse by now does not matter to a request that was done before.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_step_of_a_campaign_can_be_repeated_with_its_key() {
    let world = World::new().await;
    let post = async |path: &str, body: &Value| {
        let request = world.owner.request(reqwest::Method::POST, path).json(body);
        world.owner.send(request.header("idempotency-key", "k-1")).await
    };
    let created = post("/v1/campaigns", &petition()).await;
    let path = format!("/v1/campaigns/{}", created.json()["id"].as_str().unwrap());
    let steps = [
        ("/v1/campaigns".to_owned(), petition(), 201),
        (format!("{path}/publish"), json!({}), 200),
        (format!("{path}/actions"), ada(), 202),
        (format!("{path}/close"), json!({}), 200),
    ];
    let mut first = Vec::new();
    for (path, body, status) in &steps {
        let answer = post(path, body).await;
        assert_eq!(answer.status, *status, "{}", answer.text);
        first.push(answer);
    }
    assert_eq!(first[0].header("location"), path);
    for ((path, body, _), first) in steps.iter().zip(&first) {
        let again = post(path, body).await;
        assert_eq!((again.status, &again.text), (first.status, &first.text), "{path}");
        for header in ["etag", "location", "content-type"] {
            assert_eq!(again.header(header), first.header(header), "{path}");
        }
    }
    assert_eq!(world.count("SELECT count(*) FROM campaigns").await, 1);
    assert_eq!(world.count("SELECT count(*) FROM actions").await, 1);
    assert_eq!(world.pushed::<CampaignPublished>().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draft_changes_only_with_the_version_that_was_read() {
    let world = World::new().await;
    let id = world.draft(&petition()).await;
    let path = format!("/v1/campaigns/{id}");
    let etag = world.owner.get(&path).await.header("etag").to_owned();
    let change = json!({ "title": "Plant many trees" });
    assert_eq!(code(&world.owner.patch(&path, &change).await), (428, "version_required".into()));
    let send = async |etag: &str| {
        let request = world.owner.request(reqwest::Method::PATCH, &path).header("if-match", etag);
        world.owner.send(request.json(&change)).await
    };
    let changed = send(&etag).await;
    assert_eq!((changed.status, changed.json()["title"].as_str()), (200, Some("Plant many trees")));
    assert_eq!(code(&send(&etag).await), (412, "stale_version".into()));
    assert_eq!(code(&send("\"other\"").await), (412, "stale_version".into()));
    let etag = changed.header("etag").to_owned();
    for never in [format!("W/{etag}"), etag.trim_matches('"').to_owned(), String::new()] {
        assert_eq!(code(&send(&never).await), (412, "stale_version".into()), "{never}");
    }
    let listed = send(&format!("\"0\", {etag}")).await;
    assert_eq!(listed.status, 200, "{}", listed.text);
    let any = send("*").await;
    assert_eq!(any.status, 200, "{}", any.text);
    let etag = any.header("etag").to_owned();
    assert_eq!(world.owner.post(&format!("{path}/publish"), &json!({})).await.status, 200);
    assert_eq!(send(&etag).await.status, 412);
    let etag = world.owner.get(&path).await.header("etag").to_owned();
    assert_eq!(code(&send(&etag).await), (409, "campaign_not_draft".into()));
}

/// Promise 000-03: no campaign without the controller's policy.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_invalid_fields_of_a_campaign_are_reported_at_once() {
    let world = World::new().await;
    let bad = json!({
        "kind": "boycott", "title": "a\nb", "language": "english", "body": "x",
        "controller_policy_url": "http://trees.example", "message": { "subject": "x" },
        "consents": [{ "id": "A B", "purpose": "p", "wording": "w" }, { "purpose": "p", "wording": "w" }],
    });
    let mut found = invalid_fields(&world.owner.post("/v1/campaigns", &bad).await);
    found.sort();
    let pointers: Vec<&str> = found.iter().map(|(pointer, _)| pointer.as_str()).collect();
    let expected = [
        "/consents/0/id",
        "/consents/1/id",
        "/controller_policy_url",
        "/kind",
        "/language",
        "/message/body",
        "/title",
    ];
    assert_eq!(pointers, expected);
    assert_eq!(invalid_fields(&world.owner.post("/v1/campaigns", &json!({})).await).len(), 5);
    let unknown = world.owner.post("/v1/campaigns", &json!({ "colour": "red" })).await;
    assert_eq!(invalid_fields(&unknown)[0].0, "/colour");
    assert_eq!(world.count("SELECT count(*) FROM campaigns").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_template_with_more_than_fields_and_conditions_is_not_stored() {
    let world = World::new().await;
    let path = format!("/v1/campaigns/{}", world.draft(&letter()).await);
    let etag = world.owner.get(&path).await.header("etag").to_owned();
    for (subject, body, codes) in [
        ("To {{ unheard_of_name }}", "{{ salutation", ["unknown_merge_field", "template"]),
        ("{{ 'x' * 3 }}", "{% for c in postcode %}x{% endfor %}", ["template", "template"]),
        ("{{ postcode ~ postcode }}", "{% set own_words = postcode %}", ["template", "template"]),
        ("{{ salutation|title }}", "{{ own_words == '' }}", ["template", "template"]),
        ("{{ '\\n' }}", &"{{ own_words }}".repeat(3), ["control_character", "too_long"]),
    ] {
        let mut campaign = letter();
        campaign["message"] = json!({ "subject": subject, "body": body });
        let expected: Vec<(String, String)> = ["/message/subject", "/message/body"]
            .into_iter()
            .zip(codes)
            .map(|(pointer, code)| (pointer.to_owned(), code.to_owned()))
            .collect();
        assert_eq!(invalid_fields(&world.owner.post("/v1/campaigns", &campaign).await), expected);
        let request = world.owner.request(reqwest::Method::PATCH, &path);
        let change = json!({ "message": campaign["message"] });
        assert_eq!(
            invalid_fields(
                &world.owner.send(request.header("if-match", &etag).json(&change)).await
            ),
            expected
        );
    }
    assert_eq!(world.count("SELECT count(*) FROM campaigns").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draft_whose_message_is_missing_or_breaks_the_rules_of_today_is_not_published() {
    let world = World::new().await;
    let id = world.draft(&letter()).await;
    sql_query("UPDATE campaigns SET message_body = '{{ postcode ~ postcode }}'")
        .execute(&mut world.app.sql().await)
        .await
        .unwrap();
    let answer = world.owner.post(&format!("/v1/campaigns/{id}/publish"), &json!({})).await;
    assert_eq!(invalid_fields(&answer), [("/message/body".to_owned(), "template".to_owned())]);
    let mut campaign = letter();
    campaign.as_object_mut().unwrap().remove("message");
    let id = world.draft(&campaign).await;
    let answer = world.owner.post(&format!("/v1/campaigns/{id}/publish"), &json!({})).await;
    assert_eq!(invalid_fields(&answer), [("/message".to_owned(), "required".to_owned())]);
    assert!(world.pushed::<CampaignPublished>().await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draft_loses_its_message_by_a_null_and_keeps_it_otherwise() {
    let world = World::new().await;
    let id = world.draft(&letter()).await;
    let path = format!("/v1/campaigns/{id}");
    let change = async |change: Value| {
        let request = world.owner.request(reqwest::Method::PATCH, &path).header("if-match", "*");
        let answer = world.owner.send(request.json(&change)).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    };
    let message = letter()["message"].clone();
    assert_eq!(change(json!({ "title": "Hedges" })).await["message"], message);
    let changed = change(json!({ "kind": "petition", "message": null })).await;
    assert_eq!((&changed["kind"], &changed["message"]), (&json!("petition"), &json!(null)));
    assert_eq!(change(json!({ "message": message })).await["message"], message);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_public_sees_a_live_campaign_with_its_form_and_no_draft() {
    let world = World::new().await;
    let draft = world.draft(&letter()).await;
    assert_eq!(world.owner.get(&format!("/v1/campaigns/{draft}/public")).await.status, 404);
    assert_eq!(world.owner.get(&format!("/v1/campaigns/{draft}/counter")).await.status, 404);
    let id = world.live(&letter()).await;
    let public = world.owner.get(&format!("/v1/campaigns/{id}/public")).await;
    let body = public.json();
    assert_eq!(body["organisation"], "Trees Now");
    assert_eq!(body["controller_policy_url"], "https://trees.example/privacy");
    assert_eq!(body["form"]["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert_eq!(
        body["form"]["properties"]["consents"]["items"]["properties"]["id"]["enum"],
        json!(["terms", "news"])
    );
    assert_eq!(body["consents"][1]["wording"], "Send me news.");
    assert_eq!(body["counter"]["total"], 0);
    assert!(body.get("message").is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_organisation_that_took_another_name_is_shown_by_it() {
    let world = World::new().await;
    let tenant_id = world.owner.tenant_id;
    let event =
        TenantRenamed { tenant_id, slug: "trees".into(), name: "Trees, Now and Then".into() };
    world.app.deliver(tenant_id, &event).await.unwrap();
    let id = world.live(&letter()).await;
    let public = world.owner.get(&format!("/v1/campaigns/{id}/public")).await.json();
    assert_eq!(public["organisation"], "Trees, Now and Then");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_campaign_that_has_not_changed_is_not_sent_again() {
    let world = World::new().await;
    let path = format!("/v1/campaigns/{}", world.draft(&petition()).await);
    let get = async |known: &str| {
        let request = world.owner.request(reqwest::Method::GET, &path);
        world.owner.send(request.header("if-none-match", known)).await
    };
    let etag = world.owner.get(&path).await.header("etag").to_owned();
    for known in [etag.clone(), format!("W/{etag}"), format!("\"x\", {etag}"), "*".to_owned()] {
        let answer = get(&known).await;
        assert_eq!((answer.status, answer.text.as_str()), (304, ""), "{known}");
        assert_eq!(answer.header("etag"), etag);
    }
    let change = world.owner.request(reqwest::Method::PATCH, &path).header("if-match", &etag);
    let changed = world.owner.send(change.json(&json!({ "title": "Plant more" }))).await;
    assert_eq!(changed.status, 200, "a change is never answered 304: {}", changed.text);
    assert_eq!(get(&etag).await.status, 200);
}
