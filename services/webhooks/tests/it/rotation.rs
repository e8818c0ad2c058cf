//! Turning the key that wraps the endpoints' secrets: every endpoint keeps its secret, and the old key may go.

use base64::{Engine as _, engine::general_purpose::STANDARD as B64};

use crate::{receiver::Receiver, support};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_rotation_deliveries_are_signed_with_the_new_key_alone() {
    let receiver = Receiver::start(&[]);
    let first = support::start_with(&receiver).await;
    let caller = support::partner(&first);
    support::register(&caller, &receiver.url(), &["campaign.action.confirmed"]).await;
    // The key of every test's first start.
    let (old, new) = (B64.encode([7; 32]), B64.encode([8; 32]));
    for (step, keys) in [format!("{old},{new}"), format!("{new},{old}"), new].iter().enumerate() {
        let next = support::start_on(&first, &receiver.origin(), keys).await;
        next.deliver(caller.tenant_id, &support::confirmed(&next)).await.unwrap();
        support::send(&next).await;
        assert_eq!(receiver.seen().len(), step + 1, "with {keys}");
        next.run_job("endpoints.rewrap").await.unwrap();
    }
}
