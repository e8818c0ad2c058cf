//! The day after a campaign is closed, and what comes then.

use chrono::{DateTime, TimeDelta};
use contracts::campaigns::{ActionConfirmed, CampaignClosed};
use diesel_async::SimpleAsyncConnection as _;
use serde_json::{Value, json};
use testkit::{sql, wait::eventually};
use uuid::Uuid;

use crate::support::{World, ada, code, petition, supporter};

const DAY: TimeDelta = TimeDelta::days(1);

async fn close(world: &World, campaign: Uuid) {
    let answer = world.owner.post(&format!("/v1/campaigns/{campaign}/close"), &json!({})).await;
    assert_eq!((answer.status, answer.json()["state"].as_str()), (200, Some("closed")));
}

async fn end_grace(world: &World) {
    world.app.run_job("campaigns.end_grace").await.unwrap();
}

/// The process of the database that waits for another one.
async fn blocked_by(world: &World, pid: &str) -> String {
    let query = format!(
        "SELECT pid::text FROM pg_locks WHERE NOT granted AND {pid} = ANY (pg_blocking_pids(pid))"
    );
    eventually("a transaction that waits", async || {
        sql::texts(&mut world.app.sql().await, &query).await.pop()
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_that_was_mailed_before_the_closing_counts_for_another_day() {
    let mut world = World::new().await;
    let campaign = world.live(&petition()).await;
    let (_, link) = world.acted(campaign, &ada()).await;
    close(&world, campaign).await;
    assert_eq!(code(&world.act(campaign, &ada()).await), (409, "campaign_closed".into()));
    end_grace(&world).await;
    assert!(world.pushed::<CampaignClosed>().await.is_empty(), "it still counts");
    let shown = world.look(&link).await;
    assert_eq!((shown.status, shown.json()["state"].as_str()), (200, Some("submitted")));
    let closed = world.owner.get(&format!("/v1/campaigns/{campaign}")).await.json();
    let time =
        |page: &Value, of: &str| DateTime::parse_from_rfc3339(page[of].as_str().unwrap()).unwrap();
    assert_eq!(time(&shown.json(), "expires_at"), time(&closed, "closed_at") + DAY);
    world.advance(DAY - TimeDelta::minutes(1));
    assert_eq!(world.confirm(&link).await.json()["state"], "confirmed");
    assert_eq!(world.pushed::<ActionConfirmed>().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_that_day_the_page_and_its_button_say_the_same_and_what_is_done_stays() {
    let mut world = World::new().await;
    let campaign = world.live(&petition()).await;
    let (_, done) = world.acted(campaign, &ada()).await;
    world.confirm(&done).await;
    let (_, open) = world.acted(campaign, &supporter("Grace", "grace@supporter.example")).await;
    let shown = world.look(&open).await;
    close(&world, campaign).await;
    world.advance(DAY);
    let before = world.footprint().await;
    assert_eq!(code(&world.look(&open).await), (409, "campaign_closed".into()));
    assert_eq!(code(&world.press(&open, &shown).await), (409, "campaign_closed".into()));
    assert_eq!(world.look(&done).await.json()["state"], "confirmed");
    assert_eq!(world.confirm(&done).await.status, 200);
    assert_eq!(world.footprint().await, before);
    for _time in 0..2 {
        end_grace(&world).await;
        let closed = world.pushed::<CampaignClosed>().await;
        assert_eq!(closed.iter().map(|it| it.event.campaign_id).collect::<Vec<_>>(), [campaign]);
    }
    assert_eq!(code(&world.look(&open).await), (409, "campaign_closed".into()));
}

/// `campaign.closed` is the last word on the count: a confirmation that began before the end of the day comes before it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_confirmation_under_way_does_not_land_after_the_campaign_was_announced_as_closed() {
    let world = World::new().await;
    let campaign = world.live(&petition()).await;
    let (_, link) = world.acted(campaign, &ada()).await;
    close(&world, campaign).await;
    let shown = world.look(&link).await;
    // Holds up the confirmation between its reading and its writing.
    let mut holder = world.app.sql().await;
    let pid = sql::texts(&mut holder, "SELECT pg_backend_pid()::text").await.remove(0);
    holder.batch_execute("BEGIN; SELECT id FROM actions FOR UPDATE").await.unwrap();
    let confirming = world.press(&link, &shown);
    let ending = async {
        let confirmation = blocked_by(&world, &pid).await;
        world.app.clock.advance(DAY);
        let was_early = tokio::select! {
            () = end_grace(&world) => true,
            _end = blocked_by(&world, &confirmation) => false,
        };
        holder.batch_execute("COMMIT").await.unwrap();
        assert!(!was_early, "the end does not wait for the confirmation");
    };
    let (confirmed, ()) = tokio::join!(confirming, ending);
    assert_eq!(confirmed.status, 200, "{}", confirmed.text);
    end_grace(&world).await;
    let kinds: Vec<String> = world.app.outbox().await.into_iter().map(|row| row.kind).collect();
    let of = |end: &str| kinds.iter().position(|kind| kind.contains(end)).unwrap();
    assert!(of("action.confirmed") < of("campaign.closed"), "{kinds:?}");
}
