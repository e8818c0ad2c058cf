//! Twelve months, by the service's clock.

use chrono::{DateTime, Months, TimeDelta, Utc};
use contracts::retention::ActionExpired;
use kit::id::Ids;

use crate::support;

/// Promise 000-28
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_action_expires_twelve_months_and_a_day_after_it_was_taken_and_not_a_day_before() {
    let app = support::start().await;
    let caller = support::officer(&app);
    let subject_id = support::person(&app, caller.tenant_id).await;
    let action = support::confirmed(&app, subject_id);
    app.deliver(caller.tenant_id, &action).await.unwrap();

    let year = action.taken_at + Months::new(12) - action.taken_at;
    app.clock.advance(year - TimeDelta::days(1));
    app.run_job("schedules.expire").await.unwrap();
    assert!(app.outbox().await.is_empty(), "a day before");

    app.clock.advance(TimeDelta::days(2));
    app.run_job("schedules.expire").await.unwrap();
    app.run_job("schedules.expire").await.unwrap();
    let rows = app.outbox().await;
    let [row] = rows.as_slice() else { panic!("expired once: {rows:?}") };
    assert_eq!(
        (row.kind.as_str(), row.tenant_id),
        ("retention.action.expired.v1", caller.tenant_id)
    );
    let expired: ActionExpired = serde_json::from_str(&row.payload).unwrap();
    let campaign_id = action.campaign_id;
    assert_eq!(expired, ActionExpired { action_id: action.action_id, campaign_id, subject_id });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_than_a_batch_expires_in_one_run_and_each_for_its_own_tenant() {
    let app = support::start().await;
    let tenants = [support::officer(&app).tenant_id, support::officer(&app).tenant_id];
    for number in 0..501_usize {
        let action = support::confirmed(&app, Ids.subject());
        app.deliver(tenants[number % 2], &action).await.unwrap();
    }
    app.clock.advance(TimeDelta::days(367));
    app.run_job("schedules.expire").await.unwrap();
    let rows = app.outbox().await;
    assert_eq!(rows.len(), 501);
    assert_eq!(rows.iter().filter(|row| row.tenant_id == tenants[0]).count(), 251);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_schedule_of_an_erased_person_is_deleted_and_a_late_action_starts_none() {
    let app = support::start().await;
    let caller = support::officer(&app);
    let subject_id = support::person(&app, caller.tenant_id).await;
    app.deliver(caller.tenant_id, &support::confirmed(&app, subject_id)).await.unwrap();
    let id = support::erase(&caller).await.json()["id"].as_str().unwrap().to_owned();
    app.deliver(caller.tenant_id, &support::confirmed(&app, subject_id)).await.unwrap();

    let services = support::shown(&caller, &id).await["services"].clone();
    assert_eq!(services[0]["service"], "retention");
    assert_eq!(
        (services[0]["rows"].as_i64(), services[0]["remaining"].as_i64()),
        (Some(1), Some(0))
    );
    app.clock.advance(TimeDelta::days(400));
    app.run_job("schedules.expire").await.unwrap();
    let kinds: Vec<String> = app.outbox().await.into_iter().map(|row| row.kind).collect();
    assert_eq!(kinds, ["retention.subject.erased.v1"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_action_whose_end_cannot_be_computed_is_refused_and_not_anonymised_at_once() {
    let app = support::start().await;
    let caller = support::officer(&app);
    let subject_id = support::person(&app, caller.tenant_id).await;
    let mut action = support::confirmed(&app, subject_id);
    action.taken_at = DateTime::<Utc>::MAX_UTC;
    let refused = app.deliver(caller.tenant_id, &action).await.unwrap_err();
    assert!(format!("{refused:#}").contains("months later"), "{refused:#}");
    app.run_job("schedules.expire").await.unwrap();
    assert!(app.outbox().await.is_empty());
}
