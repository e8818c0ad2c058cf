//! The service held to its own OpenAPI document.

use std::path::Path;

use serde_json::json;
use uuid::Uuid;

use crate::support::{REPRESENTATIVES, SCOPES, World, ada, letter, petition, supporter};

/// A world with something of everything, and where to find it.
async fn furnished(world: &World) -> Vec<(&'static str, &'static str, String)> {
    assert_eq!(world.import(REPRESENTATIVES).await.status, 200);
    let live = world.live(&letter()).await;
    world.confirmed(live, &ada()).await;
    let (_, shown) = world.acted(live, &supporter("Grace", "grace@supporter.example")).await;
    let (_, confirmed) = world.acted(live, &supporter("Kay", "kay@supporter.example")).await;
    let draft = world.draft(&petition()).await;
    let published = world.draft(&letter()).await;
    let closed = world.live(&petition()).await;
    let area = json!({ "name": "Oxford", "area": { "include": [{ "postcodes": ["OX4"] }] } });
    let area = world.owner.post("/v1/eligibility-areas", &area).await;
    let area: Uuid = area.json()["id"].as_str().unwrap().parse().unwrap();
    let ids = [
        ("getCampaign", draft),
        ("updateCampaign", draft),
        ("publishCampaign", published),
        ("closeCampaign", closed),
        ("getPublicCampaign", live),
        ("previewTargets", live),
        ("getCounter", live),
        ("getCounters", live),
        ("createAction", live),
        ("listActions", live),
        ("exportActions", live),
        ("getEligibilityArea", area),
        ("updateEligibilityArea", area),
        ("checkEligibilityArea", area),
    ];
    let mut known: Vec<_> = ids.map(|(id, value)| (id, "path.id", value.to_string())).into();
    known.push(("getConfirmation", "path.link", shown));
    known.push(("confirmAction", "path.link", confirmed));
    known.push(("previewTargets", "query.postcode", "OX1 1AA".to_owned()));
    known
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn responses_are_what_the_openapi_document_says() {
    let world = World::new().await;
    let known = furnished(&world).await;
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.yaml");
    let caller = || world.app.caller_for_tenant(world.owner.tenant_id, SCOPES);
    testkit::openapi::check(&world.app, &document, &known, caller).await;
}
