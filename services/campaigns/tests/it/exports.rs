//! The organisation's download.

use reqwest::Method;
use serde_json::json;

use crate::support::{SCOPES, World, ada, id, petition, supporter};

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
    assert!(answer.text.starts_with("\u{feff}\"action_id\",\"taken_at\""));
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn head_says_what_an_export_is_and_opens_and_records_nothing() {
    let world = World::new().await;
    let campaign = world.live(&petition()).await;
    world.confirmed(campaign, &ada()).await;
    let before = world.footprint().await;
    let path = format!("/v1/campaigns/{campaign}/export.csv");
    let head = world.owner.send(world.owner.request(Method::HEAD, &path)).await;
    assert_eq!((head.status, head.header("content-type")), (200, "text/csv; charset=utf-8"));
    let unknown = format!("/v1/campaigns/{}/export.csv", id());
    assert_eq!(world.owner.send(world.owner.request(Method::HEAD, &unknown)).await.status, 404);
    assert_eq!(world.footprint().await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_that_broke_off_goes_on_after_its_last_line_as_the_same_disclosure() {
    let world = World::new().await;
    let campaign = world.live(&petition()).await;
    world.confirmed(campaign, &ada()).await;
    world.confirmed(campaign, &supporter("Grace Hopper", "grace@supporter.example")).await;
    let path = format!("/v1/campaigns/{campaign}/export.csv");
    let whole = world.owner.get(&path).await;
    let lines: Vec<&str> = whole.text.split_inclusive("\r\n").collect();
    let last = lines[1].split('"').nth(1).unwrap();
    let export = whole.header("export-id");
    let rest = format!("{path}?export={export}&after={last}");
    let rest = world.owner.get(&rest).await;
    assert_eq!((rest.header("export-id"), rest.text.as_str()), (export, lines[2]));
    assert_eq!(world.count("SELECT count(*) FROM disclosures").await, 1);
    assert_eq!(world.count("SELECT sum(rows)::bigint FROM disclosures").await, 3, "as sent");

    let another = world.live(&petition()).await;
    let of_another = format!("/v1/campaigns/{another}/export.csv?export={export}");
    assert_eq!(world.owner.get(&of_another).await.status, 404);
    let stranger = world.app.caller(SCOPES);
    assert_eq!(world.owner.get(&format!("{path}?export={}", id())).await.status, 404);
    assert_eq!(stranger.get(&format!("{path}?export={export}")).await.status, 404);
    assert_eq!(world.owner.get(&format!("{path}?after=x")).await.status, 400);
    assert_eq!(world.count("SELECT count(*) FROM disclosures").await, 1);
}

/// A spreadsheet takes a file without the mark for an older encoding, and shows SiÃ¢n.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_says_that_it_is_utf_8() {
    let world = World::new().await;
    let campaign = world.live(&petition()).await;
    world.confirmed(campaign, &supporter("Siân Ŵyn", "sian@supporter.example")).await;
    let request = world.owner.request(Method::GET, &format!("/v1/campaigns/{campaign}/export.csv"));
    let bytes = request.send().await.unwrap().bytes().await.unwrap();
    let text = std::str::from_utf8(&bytes).unwrap();
    assert!(text.starts_with("\u{feff}\"action_id\"") && text.contains("\"Siân Ŵyn\""), "{text}");
}
