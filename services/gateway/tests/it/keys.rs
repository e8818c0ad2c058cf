//! Signing keys: published before use, shared by replicas, gone after their last token.

use base64::{Engine as _, engine::general_purpose::STANDARD as B64};
use chrono::Duration;
use contracts::scopes;
use diesel_async::SimpleAsyncConnection as _;
use serde_json::Value;

use crate::support::{Suite, suite, suite_with};

async fn published(suite: &Suite) -> Vec<String> {
    let set = suite.nobody().get("/.well-known/jwks.json").await;
    assert_eq!(set.status, 200);
    let keys = set.json()["keys"].as_array().unwrap().clone();
    let private = |key: &Value| key.get("d").is_some();
    assert!(!keys.iter().any(private), "a private key was published");
    keys.iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

async fn signing(suite: &Suite) -> String {
    let caller = suite.key("sk", &[scopes::GEO_READ]);
    assert_eq!(caller.get("/v1/geo/postcodes/SW1A1AA").await.status, 200);
    let seen = suite.services.seen().pop().unwrap();
    let token = seen.headers["authorization"].strip_prefix("Bearer ").unwrap().to_owned();
    jsonwebtoken::decode_header(token).unwrap().kid.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_key_is_published_before_it_signs_and_the_old_one_until_its_tokens_are_dead() {
    let suite = suite().await;
    let first = published(&suite).await;
    assert_eq!(first, [signing(&suite).await]);
    suite.app.run_job("keys.rotate").await.unwrap();
    assert_eq!(published(&suite).await, first);

    suite.app.clock.advance(Duration::days(7) - Duration::minutes(15));
    suite.app.run_job("keys.rotate").await.unwrap();
    let both = published(&suite).await;
    assert_eq!((both.len(), &both[0]), (2, &first[0]));
    assert_eq!(signing(&suite).await, first[0]);

    suite.app.clock.advance(Duration::minutes(16));
    suite.app.run_job("keys.rotate").await.unwrap();
    assert_eq!(published(&suite).await.len(), 2);
    assert_eq!(signing(&suite).await, both[1]);

    suite.app.clock.advance(Duration::minutes(30));
    suite.app.run_job("keys.rotate").await.unwrap();
    assert_eq!(published(&suite).await, both[1..]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_takes_over_what_another_published() {
    let suite = suite().await;
    let first = published(&suite).await;
    let mut conn = suite.app.sql().await;
    let another = "UPDATE signing_keys SET active_from = active_from - interval '1 day'";
    conn.batch_execute(another).await.unwrap();
    suite.app.run_job("keys.reload").await.unwrap();
    assert_eq!(published(&suite).await, first);
    let stored = "SELECT 1 / (position('PRIVATE' in encode(wrapped_key, 'escape')) = 0)::int FROM signing_keys";
    conn.batch_execute(stored).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_rotation_of_the_wrap_key_the_signing_keys_open_with_the_new_one_alone() {
    let [old, new] = [[1; 32], [2; 32]].map(|key| B64.encode(key));
    let first = suite_with(&[("FOLKMOOT_GATEWAY_WRAP_KEY", &old)]).await;
    let url = first.app.db.as_ref().unwrap().url.expose().to_owned();
    let keys = published(&first).await;
    for wrap_key in [format!("{old},{new}"), format!("{new},{old}"), new] {
        let settings = [
            ("FOLKMOOT_GATEWAY_WRAP_KEY", wrap_key.as_str()),
            ("FOLKMOOT_GATEWAY_DATABASE_URL", &url),
        ];
        let next = suite_with(&settings).await;
        assert_eq!(published(&next).await, keys);
        next.app.run_job("keys.rotate").await.unwrap();
        assert_eq!(signing(&next).await, keys[0]);
    }
}
