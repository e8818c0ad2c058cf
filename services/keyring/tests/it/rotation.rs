//! Turning the key-encryption key: nobody is lost, and the old key may go.

use base64::{Engine as _, engine::general_purpose::STANDARD as B64};
use keyring::Keyring;
use kit::{
    clock::Clock,
    config::Env,
    id::Ids,
    service::{self, Background, Service as _},
};
use testkit::fakes::new_key;
use tokio_util::sync::CancellationToken;

use crate::support::{Ring, ring, ring_on};

pub(crate) fn old() -> String {
    format!("1:{}", B64.encode([1; 32]))
}

fn new() -> String {
    format!("2:{}", B64.encode([2; 32]))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_rotation_everybody_is_found_with_the_new_key_alone() {
    let first = ring().await;
    let url = first.app.db.as_ref().unwrap().url.expose().to_owned();
    let tenant = Ids.next();
    let person = first.resolve(tenant, "ada@example.org").await;

    let both: Ring = ring_on(&format!("{},{}", new(), old()), &url).await;
    assert_eq!(both.resolve(tenant, "ada@example.org").await, person, "while both keys are there");
    both.app.run_job("rewrap").await.unwrap();

    let alone = ring_on(&new(), &url).await;
    assert_eq!(alone.resolve(tenant, "ada@example.org").await, person, "the old key is gone");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_does_not_start_without_a_key_that_is_still_needed() {
    let first = ring().await;
    let url = first.app.db.as_ref().unwrap().url.expose().to_owned();
    first.resolve(Ids.next(), "ada@example.org").await;
    let env = Env::from_pairs([
        ("FOLKMOOT_KEYRING_KEKS", new()),
        ("FOLKMOOT_KEYRING_DATABASE_URL", url),
        ("FOLKMOOT_KEYRING_LISTEN", "127.0.0.1:0".to_owned()),
        ("FOLKMOOT_KEYRING_ADMIN_LISTEN", "127.0.0.1:0".to_owned()),
        ("FOLKMOOT_KEYRING_WORKLOAD_KEY", B64.encode(new_key())),
        ("FOLKMOOT_WORKLOAD_JWKS", r#"{"keys":[]}"#.to_owned()),
        ("KAFKA_BROKERS", testkit::setting("KAFKA_BROKERS")),
    ]);
    let stop = CancellationToken::new();
    let refused = service::start::<Keyring>(env, Clock::default(), Background::Off, stop).await;
    let error = format!("{:#}", refused.err().unwrap());
    assert!(error.contains("lacks version 1"), "{error} by {}", Keyring::NAME);
}
