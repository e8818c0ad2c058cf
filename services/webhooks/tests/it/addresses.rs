//! The guard at work: names that resolve to where nobody may go, and settings that would open it.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use kit::{config::Env, service::check_config};
use webhooks::Webhooks;

use crate::{receiver::Receiver, support};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_resolves_to_loopback_is_refused_at_the_attempt() {
    let receiver = Receiver::start(&[]);
    let key = STANDARD.encode([7; 32]);
    let app = testkit::app::TestApp::<Webhooks>::start(&[
        ("FOLKMOOT_WEBHOOKS_SECRET_KEY", &key),
        ("FOLKMOOT_WEBHOOKS_EXTRA_PORTS", &receiver.port.to_string()),
    ])
    .await;
    let caller = support::partner(&app);
    let url = format!("https://localhost:{}/", receiver.port);
    support::register(&caller, &url, &["campaign.action.confirmed"]).await;
    app.deliver(caller.tenant_id, &support::confirmed(&app)).await.unwrap();
    support::send(&app).await;
    let delivery = &support::deliveries(&caller).await[0];
    assert_eq!(delivery["last_error"], "address_refused", "{delivery}");
    assert_eq!(delivery["state"], "retrying");
    assert!(receiver.seen().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_came_past_the_front_door_is_refused_at_the_attempt() {
    use diesel_async::RunQueryDsl as _;

    let receiver = Receiver::start(&[]);
    let app = support::start().await;
    let caller = support::partner(&app);
    support::register(&caller, "https://partner.example/", &["campaign.action.confirmed"]).await;
    diesel::sql_query("UPDATE endpoints SET url = $1")
        .bind::<diesel::sql_types::Text, _>(receiver.url())
        .execute(&mut app.sql().await)
        .await
        .unwrap();
    app.deliver(caller.tenant_id, &support::confirmed(&app)).await.unwrap();
    support::send(&app).await;
    assert_eq!(support::deliveries(&caller).await[0]["last_error"], "address_refused");
    assert!(receiver.seen().is_empty());
}

#[test]
fn loopback_is_allowed_only_where_keys_are_for_development() {
    let fault = "FOLKMOOT_WEBHOOKS_ALLOW_LOOPBACK is for tests and demos";
    for (dev, refused) in [("0", true), ("1", false)] {
        let mut env = Env::from_pairs([
            ("FOLKMOOT_WEBHOOKS_ALLOW_LOOPBACK", "1"),
            ("FOLKMOOT_DEV_KEYS", dev),
        ]);
        check_config::<Webhooks>(&mut env);
        assert_eq!(env.finish().unwrap_err().to_string().contains(fault), refused);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_https_endpoint_that_speaks_no_tls_is_told_nothing() {
    let receiver = Receiver::start(&[]);
    let app = support::start_with(&receiver).await;
    let caller = support::partner(&app);
    let url = receiver.url().replace("http:", "https:");
    support::register(&caller, &url, &["campaign.action.confirmed"]).await;
    app.deliver(caller.tenant_id, &support::confirmed(&app)).await.unwrap();
    support::send(&app).await;
    assert_eq!(support::deliveries(&caller).await[0]["last_error"], "not_connected");
    assert!(receiver.seen().is_empty());
}
