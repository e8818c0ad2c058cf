//! Importing whom supporters write to.

use contracts::campaigns::MessageComposed;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    OXFORD, REPRESENTATIVES, World, ada, code, invalid_fields, letter, supporter,
};

const HEADER: &str = "gss_code,name,party,office_email,office_address,salutation\n";
/// The constituency of OX9 9ZZ.
const ELSEWHERE: &str = "E14009999";

fn line(gss_code: &str, name: &str) -> String {
    let email = format!("{}@office.example.invalid", name.to_lowercase().replace(' ', "."));
    format!("{gss_code},{name},Blue,{email},House,Dear {name}\n")
}

/// The codes and names of all representatives, by code.
async fn listed(world: &World) -> Vec<(String, String)> {
    let list = world.owner.get("/v1/representatives").await.json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let rows = list["data"].as_array().unwrap();
    let mut rows: Vec<_> =
        rows.iter().map(|it| (text(&it["gss_code"]), text(&it["name"]))).collect();
    rows.sort();
    rows
}

async fn import_with(world: &World, query: &str, csv: &str) -> Value {
    let path = format!("/v1/representatives/import?{query}");
    let request = world.owner.request(Method::POST, &path).header("content-type", "text/csv");
    let answer = world.owner.send(request.body(csv.to_owned())).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_is_the_whole_register_and_who_is_not_in_it_goes() {
    let world = World::new().await;
    let both = format!("{HEADER}{}{}", line(OXFORD, "Sam Old"), line(ELSEWHERE, "Lee Other"));
    world.import(&both).await;
    let before = world.owner.get("/v1/representatives").await.json();
    let new = world.import(&format!("{HEADER}{}", line(OXFORD, "Kim New"))).await.json();
    let counts = ["imported", "vacant", "added", "changed", "removed", "unchanged"];
    assert_eq!(counts.map(|count| new[count].as_u64()), [1, 0, 0, 1, 1, 0].map(Some), "{new}");
    assert_eq!(listed(&world).await, [(OXFORD.to_owned(), "Kim New".to_owned())]);
    let after = world.owner.get("/v1/representatives").await.json();
    let oxford = before["data"].as_array().unwrap().iter().find(|it| it["gss_code"] == OXFORD);
    assert_eq!(after["data"][0]["id"], oxford.unwrap()["id"], "the seat keeps its id");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_partial_file_changes_the_constituencies_it_names_and_no_others() {
    let world = World::new().await;
    world.import(REPRESENTATIVES).await;
    let file = format!("{HEADER}{}", line(ELSEWHERE, "Lee Other"));
    assert_eq!(import_with(&world, "partial=true", &file).await["removed"], 0);
    assert_eq!(listed(&world).await.len(), 2);
    let vacant = format!("{HEADER}{ELSEWHERE},Vacant,,,,\n");
    assert_eq!(import_with(&world, "partial=true", &vacant).await["removed"], 1);
    assert_eq!(listed(&world).await, [(OXFORD.to_owned(), "Sam Example".to_owned())]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dry_run_lists_what_would_come_change_and_go_and_changes_nothing() {
    let world = World::new().await;
    let before = format!(
        "{HEADER}{}{}{}",
        line(OXFORD, "Sam Old"),
        line("E14009997", "Ira Same"),
        line("E14009998", "Uma Gone")
    );
    world.import(&before).await;
    let rows = world.footprint().await;
    let file = format!(
        "{HEADER}{}{}{}",
        line(OXFORD, "Kim New"),
        line("E14009997", "Ira Same"),
        line(ELSEWHERE, "Lee Other")
    );
    let plan = import_with(&world, "dry_run=true", &file).await;
    assert_eq!(world.footprint().await, rows);
    let change = |of: &Value| {
        let name = |side: &str| of[side]["name"].as_str().map(str::to_owned);
        (of["change"].clone(), of["gss_code"].clone(), name("before"), name("after"))
    };
    let name = |name: &str| Some(name.to_owned());
    let changes: Vec<_> = plan["changes"].as_array().unwrap().iter().map(change).collect();
    let expected = [
        (json!("changed"), json!(OXFORD), name("Sam Old"), name("Kim New")),
        (json!("removed"), json!("E14009998"), name("Uma Gone"), None),
        (json!("added"), json!(ELSEWHERE), None, name("Lee Other")),
    ];
    assert_eq!(changes, expected);
    assert_eq!((&plan["dry_run"], &plan["unchanged"]), (&json!(true), &json!(1)));
    let done = import_with(&world, "dry_run=false", &file).await;
    assert_eq!((&done["dry_run"], &done["changes"]), (&json!(false), &Value::Null));
    assert_eq!(done["removed"], plan["removed"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_vacant_seat_is_reported_before_the_form_and_no_former_member_gets_a_message() {
    let world = World::new().await;
    world.import(REPRESENTATIVES).await;
    let campaign = world.live(&letter()).await;
    let (_, link) = world.acted(campaign, &ada()).await;
    let vacant = format!("{HEADER},,,,,\n{OXFORD},VACANT,,,,\n , ,,,,\n");
    let imported = world.import(&vacant).await.json();
    assert_eq!((&imported["vacant"], &imported["removed"]), (&json!(1), &json!(1)));
    let targets = format!("/v1/campaigns/{campaign}/targets?postcode=OX1%201AA");
    let targets = world.owner.get(&targets).await.json();
    assert_eq!(targets["representatives"], json!([]));
    assert_eq!(targets["problem"]["code"], "no_representative");
    let refused = world.act(campaign, &supporter("Grace", "grace@supporter.example")).await;
    assert_eq!(invalid_fields(&refused), [("/postcode".into(), "no_representative".into())]);
    let done = world.confirm(&link).await.json();
    assert_eq!(
        (&done["state"], &done["message_state"]),
        (&json!("confirmed"), &json!("no_target"))
    );
    assert!(world.pushed::<MessageComposed>().await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn codes_of_another_generation_or_level_are_refused_by_line() {
    let world = World::new().await;
    world.import(REPRESENTATIVES).await;
    let before = world.footprint().await;
    let lines = [line(OXFORD, "Sam"), line("E14000873", "Old Seat"), line("E05013654", "A Ward")];
    let file = format!("{HEADER}{},,,,,\n{}{}", lines[0], lines[1], lines[2]);
    let answer = world.import(&file).await;
    let expected =
        [("/lines/4/gss_code", "another_generation"), ("/lines/5/gss_code", "another_level")];
    assert_eq!(invalid_fields(&answer), expected.map(|(p, c)| (p.to_owned(), c.to_owned())));
    let detail = answer.json()["errors"][0]["detail"].as_str().unwrap().to_owned();
    assert!(detail.starts_with("line 4, column gss_code: is a constituency of 2010"), "{detail}");
    world.postcodes.down(true);
    assert_eq!(code(&world.import(REPRESENTATIVES).await), (503, "unavailable".into()));
    assert_eq!(world.footprint().await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_bad_line_and_nothing_is_imported() {
    let world = World::new().await;
    let bad = format!("{REPRESENTATIVES}E14009999,\"Lee\r\nBcc: x\",Red,nobody,House,Dear Lee\n");
    let answer = world.import(&bad).await;
    let expected = [("/lines/3/name", "control_character"), ("/lines/3/office_email", "malformed")];
    assert_eq!(invalid_fields(&answer), expected.map(|(p, c)| (p.to_owned(), c.to_owned())));
    assert_eq!(
        answer.json()["errors"][0]["detail"].as_str().unwrap().find("line 3, column name"),
        Some(0)
    );
    assert_eq!(world.count("SELECT count(*) FROM representatives").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_too_large_or_of_another_kind_is_refused() {
    let world = World::new().await;
    let send = async |kind: &str, body: String| {
        let request = world.owner.request(Method::POST, "/v1/representatives/import");
        world.owner.send(request.header("content-type", kind).body(body)).await
    };
    assert_eq!(
        code(&send("application/json", "{}".into()).await),
        (415, "unsupported_media_type".into())
    );
    let large = format!("{REPRESENTATIVES}{}", " ".repeat(5 * 1024 * 1024));
    assert_eq!(code(&send("text/csv", large).await), (413, "too_large".into()));
    assert_eq!(world.count("SELECT count(*) FROM representatives").await, 0);
}
