//! Importing whom supporters write to.

use reqwest::Method;

use crate::support::{OXFORD, REPRESENTATIVES, World, code, invalid_fields};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_replaces_the_constituencies_it_names_and_no_others() {
    let world = World::new().await;
    assert_eq!(world.import(REPRESENTATIVES).await.json()["imported"], 1);
    let header = REPRESENTATIVES.lines().next().unwrap();
    let second = format!(
        "{header}\n{OXFORD},Kim New,Blue,kim@office.example.invalid,House,Dear Kim\n\
         E14009999,Lee Other,Red,lee@office.example.invalid,House,Dear Lee\n"
    );
    let before = world.owner.get("/v1/representatives").await.json()["data"][0]["id"].clone();
    assert_eq!(world.import(&second).await.json()["imported"], 2);
    let list = world.owner.get("/v1/representatives").await.json();
    let rows = list["data"].as_array().unwrap();
    assert_eq!(rows.len(), 2);
    let kim = rows.iter().find(|row| row["gss_code"] == OXFORD).unwrap();
    assert_eq!((&kim["name"], &kim["id"]), (&"Kim New".into(), &before));
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
