//! The key of the tokens in our addresses is replaced in one step, also while replicas with either key run side by side.

use diesel::{QueryableByName, sql_types::Text};
use diesel_async::RunQueryDsl as _;

use crate::support::{Catch, DOMAIN, SEND, Supporter, app, replica, state};

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    token: String,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_recorded_under_one_key_is_sent_by_a_replica_with_another_under_the_same_token() {
    let catch = Catch::start().await;
    let old = app(catch.addr).await;
    let new = replica(&old, catch.addr, [8; 32]).await;
    let supporter = Supporter::new(&old).await;
    supporter.message(&old).await;
    supporter.action(&old).await;
    new.run_job(SEND).await.unwrap();
    supporter.message(&new).await;
    supporter.action(&new).await;
    old.run_job(SEND).await.unwrap();
    assert_eq!(supporter.states(&new).await, vec![state("sent", "250"); 4]);

    let rows = diesel::sql_query("SELECT token FROM deliveries");
    let rows: Vec<Row> = rows.load(&mut old.sql().await).await.unwrap();
    let mut stored: Vec<String> =
        rows.into_iter().map(|row| format!("b+{}@bounce.{DOMAIN}", row.token)).collect();
    let mut sent: Vec<String> = catch
        .emails()
        .iter()
        .map(|email| email.envelope["x-envelope-from"].as_str().unwrap().to_owned())
        .collect();
    stored.sort();
    sent.sort();
    assert_eq!(sent, stored);
}
