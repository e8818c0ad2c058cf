//! The organisation's download.

use serde_json::json;

use crate::support::{SCOPES, World, ada, petition, supporter};

/// Promises 000-13 and 000-17: the owner may download everything, and each download is written down.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_holds_what_was_confirmed_disarms_formulas_and_is_logged() {
    let world = World::new().await;
    let campaign = world.live(&petition()).await;
    let mut body = ada();
    body["own_words"] = json!("=HYPERLINK(\"x\")");
    world.confirmed(campaign, &body).await;
    world.acted(campaign, &supporter("Not Confirmed", "no@supporter.example")).await;
    let answer = world.owner.get(&format!("/v1/campaigns/{campaign}/export.csv")).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "text/csv; charset=utf-8"));
    assert!(answer.text.starts_with("\"action_id\",\"taken_at\""));
    assert!(answer.text.contains("\"Ada Lovelace\",\"ada@supporter.example\",\"OX1 1AA\""));
    assert!(
        answer.text.contains("\"'=HYPERLINK(\"\"x\"\")\",\"news@2=no;terms@2=yes\""),
        "{}",
        answer.text
    );
    assert!(!answer.text.contains("Not Confirmed"));
    let logged = "SELECT count(*) FROM disclosures WHERE rows = 1 AND finished_at IS NOT NULL
                  AND actor_kind = 'user' AND fields LIKE '%email%'";
    assert_eq!(world.count(logged).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_whose_data_is_restricted_is_not_exported() {
    let world = World::new().await;
    let campaign = world.live(&petition()).await;
    let ada = world.confirmed(campaign, &ada()).await;
    world.confirmed(campaign, &supporter("Grace Hopper", "grace@supporter.example")).await;
    world.app.fakes.keyring.lock().unwrap().restricted.insert(ada.subject_id);
    let answer = world.owner.get(&format!("/v1/campaigns/{campaign}/export.csv")).await;
    assert!(answer.text.contains("Grace") && !answer.text.contains("Ada"), "{}", answer.text);
    assert_eq!(world.count("SELECT count(*) FROM disclosures WHERE rows = 1").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_tenant_exports_nothing_and_no_disclosure_is_written() {
    let world = World::new().await;
    let campaign = world.live(&petition()).await;
    world.confirmed(campaign, &ada()).await;
    let stranger = world.app.caller(SCOPES);
    assert_eq!(stranger.get(&format!("/v1/campaigns/{campaign}/export.csv")).await.status, 404);
    assert_eq!(world.count("SELECT count(*) FROM disclosures").await, 0);
}
