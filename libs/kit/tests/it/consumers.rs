//! Consumers: each event takes effect exactly once, in its tenant, with its keys.

use std::sync::atomic::Ordering::Relaxed;

use contracts::Sealed;
use kit::id::Ids;
use testkit::{fakes::Keys, wait::eventually};

use crate::{
    notes::{self, NoteShared, Trouble},
    support::Shared,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_is_delivered_twice_is_handled_once_with_its_keys() {
    let shared = Shared::new().await;
    let (tenant_id, id) = (Ids.next(), Ids.next());
    let event = shared.seal_note(id, tenant_id, "once", Trouble::Nothing).await;
    // Before the service starts, so that both arrive in one batch.
    shared.publish(id, tenant_id, &event).await;
    shared.publish(id, tenant_id, &event).await;
    let replica = shared.replica().await;
    shared.wait_for_texts(&["once"]).await;
    // And again later.
    shared.publish(id, tenant_id, &event).await;
    shared.share(tenant_id, "the next", Trouble::Nothing).await;
    shared.wait_for_texts(&["once", "the next"]).await;
    assert_eq!(replica.app().attempts.load(Relaxed), 2);
    assert!(replica.app().woken.load(Relaxed) >= 2, "the job was woken after the commit");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_event_of_a_mixed_batch_is_handled_in_its_own_tenant() {
    let shared = Shared::new().await;
    let tenants = [Ids.next(), Ids.next(), Ids.next()];
    for number in 0..9 {
        let text = format!("{}-{number}", number % 3);
        shared.share(tenants[number % 3], &text, Trouble::Nothing).await;
    }
    let _replica = shared.replica().await;
    let all = ["0-0", "0-3", "0-6", "1-1", "1-4", "1-7", "2-2", "2-5", "2-8"];
    shared.wait_for_texts(&all).await;
    for (tenant_id, own) in tenants.iter().zip(all.chunks(3)) {
        let mut conn = shared.db.as_tenant(*tenant_id).await;
        assert_eq!(notes::texts(&mut conn).await.unwrap(), own);
    }
}

/// Events wait while the keyring refuses every request, and are handled when it no longer does.
async fn events_wait_while(refuses: impl Fn(&mut Keys, bool)) {
    let shared = Shared::new().await;
    let (tenant_id, id) = (Ids.next(), Ids.next());
    let event = shared.seal_note(id, tenant_id, "patient", Trouble::Nothing).await;
    refuses(&mut shared.fakes.keyring.lock().unwrap(), true);
    shared.publish(id, tenant_id, &event).await;
    let replica = shared.replica().await;
    // More attempts than an event that fails would have.
    let failures = shared.fakes.keyring.clone();
    eventually("refusals of the keyring", async || {
        (failures.lock().unwrap().refused > 5).then_some(())
    })
    .await;
    assert_eq!(replica.app().attempts.load(Relaxed), 0, "no handler runs without its keys");
    refuses(&mut shared.fakes.keyring.lock().unwrap(), false);
    shared.wait_for_texts(&["patient"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_keyring_is_unavailable_events_wait() {
    events_wait_while(|keyring, refuses| keyring.down = refuses).await;
}

/// A clock that is wrong by more than a few seconds, or a workload key that the keyring does not know yet.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_keyring_does_not_accept_our_credentials_events_wait() {
    events_wait_while(|keyring, refuses| keyring.mistrusts = refuses).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erased_persons_event_is_handled_and_reads_as_erased() {
    let shared = Shared::new().await;
    let (tenant_id, id) = (Ids.next(), Ids.next());
    let event = shared.seal_note(id, tenant_id, "forgotten", Trouble::Nothing).await;
    let http = kit::client::plain::build(std::time::Duration::from_secs(5)).unwrap();
    let url = format!("{}/internal/v1/subjects/destroy", shared.fakes.url);
    let subject_id = event.subject_id;
    let request = contracts::keyring::DestroyRequest { tenant_id, subject_id };
    assert!(http.post(url).json(&request).send().await.unwrap().status().is_success());
    shared.publish(id, tenant_id, &event).await;
    let _replica = shared.replica().await;
    shared.wait_for_texts(&["(erased)"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_replicas_share_the_events_and_handle_each_once() {
    let shared = Shared::new().await;
    let (first, second) = (shared.replica().await, shared.replica().await);
    let tenant_id = Ids.next();
    let mut wanted = Vec::new();
    for number in 0..40 {
        wanted.push(format!("{number:02}"));
        shared.share(tenant_id, &wanted[number], Trouble::Nothing).await;
    }
    let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
    shared.wait_for_texts(&wanted).await;
    first.stop().await;
    shared.share(tenant_id, "after", Trouble::Nothing).await;
    shared.wait_for_texts(&[&wanted[..], &["after"]].concat()).await;
    drop(second);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_altered_ciphertext_is_an_error_and_not_erased_data() {
    let shared = Shared::new().await;
    let (tenant_id, id) = (Ids.next(), Ids.next());
    let event = shared.seal_note(id, tenant_id, "altered", Trouble::Nothing).await;
    let mut bytes = event.text.as_bytes().to_vec();
    bytes[20] ^= 1;
    let altered = NoteShared { text: Sealed::from_bytes(bytes), ..event };
    shared.publish(id, tenant_id, &altered).await;
    let _replica = shared.replica().await;
    let dead = shared.reader(&shared.kafka.dead_topic("campaigns.actions.v1", "notes"));
    let letter = crate::support::read(&dead, 1).await.remove(0);
    assert_eq!(letter.header("folkmoot_error"), "OpenError");
    assert_eq!(shared.texts().await, [""; 0]);
}
