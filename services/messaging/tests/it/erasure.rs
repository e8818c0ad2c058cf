//! Forgetting: people, expired actions, and emails whose person is gone before they are sent.

use contracts::{
    campaigns::ActionAnonymised,
    retention::{ActionExpired, SubjectErased},
};
use kit::id::Ids;

use crate::support::{Catch, SEND, Supporter, app, facts, state};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erased_person_leaves_no_trace_in_messaging_and_gets_no_mail() {
    let catch = Catch::start().await;
    let app = app(catch.addr).await;
    let supporter = Supporter::new(&app).await;
    let other = Supporter::of(&app, supporter.tenant_id, "Other").await;
    supporter.action(&app).await;
    supporter.message(&app).await;
    other.message(&app).await;
    let erased = SubjectErased { erasure_id: Ids.next(), subject_id: supporter.subject_id };
    app.app().keyring.destroy(supporter.tenant_id, supporter.subject_id).await.unwrap();
    app.deliver(supporter.tenant_id, &erased).await.unwrap();
    app.run_job(SEND).await.unwrap();
    assert_eq!(catch.emails().len(), 1);
    assert_eq!(supporter.states(&app).await, [state("sent", "250")]);
    let facts = facts(&app, "messaging.messages.erased.v1").await;
    assert_eq!(facts.len(), 1);
    assert_eq!(facts[0]["erasure_id"], erased.erasure_id.to_string());
    assert_eq!((&facts[0]["rows"], &facts[0]["remaining"]), (&2.into(), &0.into()));
    // What arrives late, after the erasure, is not even written down.
    supporter.message(&app).await;
    assert_eq!(supporter.states(&app).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_email_whose_key_is_destroyed_before_it_is_sent_is_cancelled_and_reported() {
    let catch = Catch::start().await;
    let app = app(catch.addr).await;
    let supporter = Supporter::new(&app).await;
    supporter.message(&app).await;
    app.app().keyring.destroy(supporter.tenant_id, supporter.subject_id).await.unwrap();
    app.app().keyring.evict(supporter.tenant_id, supporter.subject_id);
    app.run_job(SEND).await.unwrap();
    assert!(catch.emails().is_empty());
    assert_eq!(supporter.states(&app).await, [state("cancelled", "no_key")]);
    let facts = facts(&app, "messaging.delivery.recorded.v1").await;
    assert_eq!(facts.len(), 1);
    assert_eq!((&facts[0]["state"], &facts[0]["code"]), (&"failed".into(), &"no_key".into()));
}

/// Promise 000-28
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_emails_of_an_expired_or_anonymised_action_are_deleted() {
    let catch = Catch::start().await;
    let app = app(catch.addr).await;
    let supporter = Supporter::new(&app).await;
    let expired = supporter.message(&app).await;
    let anonymised = supporter.action(&app).await;
    supporter.message(&app).await;
    app.run_job(SEND).await.unwrap();
    let tenant_id = supporter.tenant_id;
    let event = ActionExpired {
        action_id: expired.action_id,
        campaign_id: expired.campaign_id,
        subject_id: supporter.subject_id,
    };
    app.deliver(tenant_id, &event).await.unwrap();
    let event =
        ActionAnonymised { action_id: anonymised.action_id, campaign_id: anonymised.campaign_id };
    app.deliver(tenant_id, &event).await.unwrap();
    assert_eq!(supporter.states(&app).await.len(), 1);
}
