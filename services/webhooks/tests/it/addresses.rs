//! The guard at work: names that resolve to addresses that are not public, and the development setting that names receivers.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use diesel::sql_types::Text;
use diesel_async::RunQueryDsl as _;
use kit::{config::Env, service::check_config};
use serde_json::json;
use testkit::{app::TestApp, caller::Caller};
use webhooks::Webhooks;

use crate::{receiver::Receiver, support};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_resolves_to_loopback_is_refused_at_the_attempt() {
    let receiver = Receiver::start(&[]);
    let key = STANDARD.encode([7; 32]);
    let app = TestApp::<Webhooks>::start(&[
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
async fn an_address_that_was_not_checked_at_registration_is_refused_at_the_attempt() {
    let receiver = Receiver::start(&[]);
    let app = support::start().await;
    let caller = support::partner(&app);
    support::register(&caller, "https://partner.example/", &["campaign.action.confirmed"]).await;
    refuses_at_the_attempt(&app, &caller, receiver.url()).await;
    assert!(receiver.seen().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_development_receiver_is_reached_by_its_name_and_no_other_port_of_loopback_is() {
    let (named, other) = (Receiver::start(&[]), Receiver::start(&[]));
    let app = support::start_with_origins(&format!("http://localhost:{}", named.port)).await;
    let caller = support::partner(&app);
    let types = ["campaign.action.confirmed"];
    support::register(&caller, &format!("http://localhost:{}/hook", named.port), &types).await;
    let refused = [
        (format!("http://127.0.0.1:{}/", named.port), "not_https"),
        (format!("http://localhost:{}/", other.port), "not_https"),
        (format!("http://127.0.0.1:{}/", other.port), "not_https"),
        (format!("https://localhost:{}/", named.port), "port"),
        ("https://127.0.0.1/".to_owned(), "address"),
    ];
    for (url, code) in refused {
        let body = json!({ "url": url, "event_types": types });
        let refused = caller.post("/v1/webhook-endpoints", &body).await;
        assert_eq!(refused.status, 422, "{url}");
        assert_eq!(refused.json()["errors"][0]["code"], code, "{url}");
    }
    // A name is resolved only at the attempt.
    support::register(&caller, "https://localhost/", &types).await;
    app.deliver(caller.tenant_id, &support::confirmed(&app)).await.unwrap();
    support::send(&app).await;
    assert_eq!((named.seen().len(), other.seen().len()), (1, 0));
    let mut outcomes: Vec<_> = support::deliveries(&caller).await;
    outcomes.sort_by_key(|delivery| delivery["state"].to_string());
    assert_eq!(outcomes[0]["state"], "delivered");
    assert_eq!(outcomes[1]["last_error"], "address_refused", "{}", outcomes[1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_port_that_was_not_checked_at_registration_is_refused_at_the_attempt() {
    let (named, other) = (Receiver::start(&[]), Receiver::start(&[]));
    let app = support::start_with(&named).await;
    let caller = support::partner(&app);
    support::register(&caller, &named.url(), &["campaign.action.confirmed"]).await;
    refuses_at_the_attempt(&app, &caller, other.url()).await;
    assert!(other.seen().is_empty());
}

/// Moves the caller's endpoint to a URL that registration would refuse; a delivery to it is refused, too.
async fn refuses_at_the_attempt(app: &TestApp<Webhooks>, caller: &Caller, url: String) {
    diesel::sql_query("UPDATE endpoints SET url = $1")
        .bind::<Text, _>(url)
        .execute(&mut app.sql().await)
        .await
        .unwrap();
    app.deliver(caller.tenant_id, &support::confirmed(app)).await.unwrap();
    support::send(app).await;
    assert_eq!(support::deliveries(caller).await[0]["last_error"], "address_refused");
}

fn errors(settings: [(&str, &str); 2]) -> String {
    let mut env = Env::from_pairs(settings);
    check_config::<Webhooks>(&mut env);
    env.finish().unwrap_err().to_string()
}

#[test]
fn development_receivers_need_the_mark_of_development_keys() {
    let expected = "FOLKMOOT_WEBHOOKS_DEV_RECEIVERS is for development only";
    for (mark, refused) in [("", true), ("0", true), ("1", false)] {
        let receivers = ("FOLKMOOT_WEBHOOKS_DEV_RECEIVERS", "http://127.0.0.1:4000");
        let reported = errors([receivers, ("FOLKMOOT_DEV_KEYS", mark)]);
        assert_eq!(reported.contains(expected), refused, "{mark}: {reported}");
    }
}

#[test]
fn a_development_receiver_outside_loopback_is_refused() {
    for receiver in ["http://10.0.0.1:4000", "http://example.org:4000", "1"] {
        let list = format!("http://127.0.0.1:4000, {receiver}");
        let settings =
            [("FOLKMOOT_WEBHOOKS_DEV_RECEIVERS", list.as_str()), ("FOLKMOOT_DEV_KEYS", "1")];
        let reported = errors(settings);
        let expected = format!("FOLKMOOT_WEBHOOKS_DEV_RECEIVERS: `{receiver}` must be");
        assert!(reported.contains(&expected), "{reported}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_https_endpoint_without_tls_receives_nothing() {
    let receiver = Receiver::start(&[]);
    let app = support::start_with_origins(&format!("https://127.0.0.1:{}", receiver.port)).await;
    let caller = support::partner(&app);
    let url = receiver.url().replace("http:", "https:");
    support::register(&caller, &url, &["campaign.action.confirmed"]).await;
    app.deliver(caller.tenant_id, &support::confirmed(&app)).await.unwrap();
    support::send(&app).await;
    assert_eq!(support::deliveries(&caller).await[0]["last_error"], "not_connected");
    assert!(receiver.seen().is_empty());
}
