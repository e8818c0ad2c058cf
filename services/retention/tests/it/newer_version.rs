//! Rows of a newer version, which runs beside this one or was rolled back.

use diesel::sql_query;
use diesel_async::RunQueryDsl as _;
use serde_json::json;

use crate::support;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erasure_with_an_unknown_source_is_listed_and_completed() {
    let app = support::start().await;
    let caller = support::officer(&app);
    support::person(&app, caller.tenant_id).await;
    let id = support::erase(&caller).await.json()["id"].as_str().unwrap().to_owned();
    let change = sql_query("UPDATE erasures SET source_hint = 'newsletter'");
    assert_eq!(change.execute(&mut app.sql().await).await.unwrap(), 1);
    support::settle(&app).await;
    let announced = support::announced(&app).await;
    support::all_acknowledge(&app, caller.tenant_id, announced.last().unwrap(), 0).await;
    app.run_job("erasures.settle").await.unwrap();
    let closed = support::shown(&caller, &id).await;
    assert_eq!(
        (&closed["state"], &closed["source_hint"]),
        (&json!("complete"), &json!("newsletter"))
    );
    let listed = caller.get("/v1/erasures").await.json();
    assert_eq!(listed["data"][0]["source_hint"], "newsletter");
}
