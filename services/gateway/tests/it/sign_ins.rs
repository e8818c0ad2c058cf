//! Guessing passwords: a network that guesses waits longer and longer, and the person signs in from anywhere else.

use std::sync::atomic::Ordering;

use base64::{Engine as _, engine::general_purpose::STANDARD as B64};
use kit::id::Ids;
use reqwest::Method;
use serde_json::json;
use testkit::{caller::Response, wait::eventually};

use crate::support::{Suite, suite_with};

const SESSIONS: &str = "/internal/v1/sessions";
const PROXIES: (&str, &str) = ("FOLKMOOT_TRUSTED_PROXIES", "127.0.0.0/8");
/// Room for many requests; the delays are never scaled.
const SCALE: (&str, &str) = ("FOLKMOOT_GATEWAY_LIMIT_SCALE", "100");

/// An address nobody has tried yet.
fn mailbox() -> String {
    format!("{}@example.org", Ids.token::<8>().to_lowercase())
}

async fn attempt(suite: &Suite, network: &str, email: &str) -> Response {
    let nobody = suite.nobody();
    let body = json!({"email": email, "password": "correct horse battery"});
    let request = nobody.request(Method::POST, "/v1/sessions").json(&body);
    nobody.send(request.header("x-forwarded-for", format!("{network}.7"))).await
}

/// From now on identity finds every password wrong.
fn wrong(suite: &Suite) {
    suite.services.answer(SESSIONS, 401, &json!({"code": "bad_credentials"}));
}

/// From now on identity finds every password right.
fn right(suite: &Suite) {
    let grant = json!({
        "principal": {
            "tenant_id": Ids.next(), "actor_id": Ids.next(), "actor_kind": "user",
            "scopes": [], "origins": [], "publishable": false, "test": false,
        },
        "session_id": Ids.next(),
        "refresh_token": "next",
    });
    suite.services.answer(SESSIONS, 200, &grant);
}

fn retry_after(answer: &Response) -> u32 {
    answer.header("retry-after").parse().unwrap()
}

/// Five wrong passwords at once; what the sixth gets.
async fn until_delayed(suite: &Suite, network: &str, email: &str) -> Response {
    for left in (0..5).rev() {
        let answer = attempt(suite, network, email).await;
        assert_eq!(answer.status, 401, "{}", answer.text);
        assert!(answer.header("ratelimit").contains(&format!("\"sign_in\";r={left};t=")));
    }
    let delayed = attempt(suite, network, email).await;
    assert_eq!(delayed.status, 429, "{}", delayed.text);
    delayed
}

/// The first answer that is no refusal, once the delay is over.
async fn after_the_delay(suite: &Suite, network: &str, email: &str) -> Response {
    eventually("the end of the delay", async || {
        let answer = attempt(suite, network, email).await;
        (answer.status != 429).then_some(answer)
    })
    .await
}

async fn slows_one_network_and_nobody_else(suite: &Suite) {
    let email = mailbox();
    wrong(suite);
    let delayed = until_delayed(suite, "198.51.100", &email).await;
    assert_eq!(delayed.json()["code"], "rate_limited");
    assert_eq!(delayed.json()["detail"], "limit: sign_in");
    assert!(!delayed.text.contains("example.org"));
    assert_eq!(delayed.header("ratelimit").split(", ").last(), Some("\"sign_in\";r=0;t=1"));
    let mut waits = vec![retry_after(&delayed)];
    for _ in 0..2 {
        assert_eq!(after_the_delay(suite, "198.51.100", &email).await.status, 401);
        waits.push(retry_after(&attempt(suite, "198.51.100", &email).await));
    }
    assert_eq!(waits, [1, 2, 4], "it grows");

    right(suite);
    let asked = suite.services.asked_identity(SESSIONS);
    for _ in 0..12 {
        assert_eq!(attempt(suite, "198.51.100", &email).await.status, 429, "even the right one");
    }
    assert_eq!(suite.services.asked_identity(SESSIONS), asked, "unchecked, so no oracle");
    let elsewhere = attempt(suite, "203.0.113", &email).await;
    assert_eq!(elsewhere.status, 200, "the person is not locked out: {}", elsewhere.text);
    let neighbour = attempt(suite, "198.51.100", &mailbox()).await;
    assert_eq!(neighbour.status, 200, "nor is anybody else behind that address");
    assert_eq!(after_the_delay(suite, "198.51.100", &email).await.status, 200, "it ends");
    wrong(suite);
    until_delayed(suite, "198.51.100", &email).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_passwords_slow_one_network_down_and_nobody_else() {
    slows_one_network_and_nobody_else(&suite_with(&[SCALE, PROXIES]).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_redis_the_delays_are_the_same() {
    // Nobody listens on port 1.
    let unavailable = ("REDIS_URL", "redis://127.0.0.1:1");
    slows_one_network_and_nobody_else(&suite_with(&[SCALE, PROXIES, unavailable]).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_spelling_of_an_address_is_one_account() {
    let suite = suite_with(&[SCALE, PROXIES]).await;
    wrong(&suite);
    let local = format!("é{}", Ids.token::<8>().to_lowercase());
    let decomposed = local.replace('é', "e\u{301}");
    let spellings = [
        format!("{local}@example.org"),
        format!("  {}@EXAMPLE.org ", local.to_uppercase()),
        format!("{decomposed}@example.org"),
        format!("{local}@exam\u{ad}ple.org"),
        format!("{local}@ｅｘａｍｐｌｅ.org"),
        format!("{local}@example。org"),
    ];
    for spelling in &spellings[..5] {
        assert_eq!(attempt(&suite, "198.51.100", spelling).await.status, 401, "{spelling}");
    }
    for spelling in &spellings {
        assert_eq!(attempt(&suite, "198.51.100", spelling).await.status, 429, "{spelling}");
    }
    assert_eq!(suite.services.asked_identity(SESSIONS), 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guesses_sent_at_once_are_counted_before_they_are_checked() {
    let suite = suite_with(&[SCALE, PROXIES]).await;
    wrong(&suite);
    let email = mailbox();
    let attempts = (0..20).map(|_| attempt(&suite, "198.51.100", &email));
    let answers = futures_util::future::join_all(attempts).await;
    let checked = answers.iter().filter(|answer| answer.status == 401).count();
    assert_eq!(checked, 5);
    assert_eq!(suite.services.asked_identity(SESSIONS), 5);
}

/// What a caller can see of a refusal.
fn seen(answer: &Response) -> (u16, String, Vec<(String, String)>) {
    let headers = answer
        .headers
        .iter()
        .filter(|(name, _)| !["date", "x-request-id"].contains(&name.as_str()));
    let headers =
        headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    (answer.status, answer.text.clone(), headers.collect())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_that_exists_is_refused_like_one_that_does_not() {
    let suite = suite_with(&[("FOLKMOOT_GATEWAY_LIMIT_SCALE", "100000"), PROXIES]).await;
    let (known, unknown) = (mailbox(), mailbox());
    right(&suite);
    assert_eq!(attempt(&suite, "203.0.113", &known).await.status, 200);
    wrong(&suite);
    for n in 0..8 {
        let one = attempt(&suite, "198.51.100", &known).await;
        let other = attempt(&suite, "198.51.101", &unknown).await;
        let nonsense = attempt(&suite, "198.51.102", "not an address").await;
        assert_eq!(one.status, if n < 5 { 401 } else { 429 });
        assert_eq!(seen(&one), seen(&other), "{n}");
        assert_eq!(seen(&one), seen(&nonsense), "{n}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guesses_from_everywhere_are_bounded_and_spare_the_networks_of_the_person() {
    // 40 an hour from networks that the account does not know, 10 a minute from each.
    let suite = suite_with(&[PROXIES]).await;
    let email = mailbox();
    right(&suite);
    assert_eq!(attempt(&suite, "203.0.113", &email).await.status, 200);
    wrong(&suite);
    for n in 0..40 {
        let answer = attempt(&suite, &format!("198.51.{n}"), &email).await;
        assert_eq!(answer.status, 401, "{n}: {}", answer.text);
    }
    let refused = attempt(&suite, "198.51.200", &email).await;
    assert_eq!(refused.status, 429);
    assert_eq!(refused.json()["detail"], "limit: account");
    assert!((60..=90).contains(&retry_after(&refused)), "{}", refused.text);
    assert!(refused.header("ratelimit").contains("\"account\";r=0;t="));
    assert_eq!(suite.services.asked_identity(SESSIONS), 41);
    right(&suite);
    let home = attempt(&suite, "203.0.113", &email).await;
    assert_eq!(home.status, 200, "where they have signed in before: {}", home.text);
    assert_eq!(attempt(&suite, "198.51.201", &mailbox()).await.status, 200, "another account");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_share_the_delays_and_a_restart_forgets_none() {
    let key = B64.encode(Ids.bytes::<32>());
    let settings = [SCALE, PROXIES, ("FOLKMOOT_GATEWAY_WRAP_KEY", key.as_str())];
    let (email, one) = (mailbox(), suite_with(&settings).await);
    wrong(&one);
    until_delayed(&one, "198.51.100", &email).await;
    let other = suite_with(&settings).await;
    wrong(&other);
    // A start takes longer than the first delay. A single wrong password more delays again: nothing was forgotten.
    assert_eq!(after_the_delay(&other, "198.51.100", &email).await.status, 401);
    let delayed = attempt(&one, "198.51.100", &email).await;
    assert_eq!(delayed.status, 429, "{}", delayed.text);
    right(&other);
    assert_eq!(attempt(&other, "198.51.100", &email).await.status, 429);
    assert_eq!(attempt(&other, "203.0.113", &email).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_identity_did_not_check_counts_for_nothing() {
    let suite = suite_with(&[SCALE, PROXIES]).await;
    let email = mailbox();
    suite.services.identity_down.store(true, Ordering::Relaxed);
    for _ in 0..6 {
        assert_eq!(attempt(&suite, "198.51.100", &email).await.status, 503);
    }
    suite.services.identity_down.store(false, Ordering::Relaxed);
    // The right password of somebody who has to name the organisation.
    let several = json!({"code": "invalid", "errors": []});
    suite.services.answer(SESSIONS, 422, &several);
    for _ in 0..6 {
        assert_eq!(attempt(&suite, "198.51.100", &email).await.status, 422);
    }
    wrong(&suite);
    until_delayed(&suite, "198.51.100", &email).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_network_signs_in_ten_times_a_minute() {
    let suite = suite_with(&[PROXIES]).await;
    wrong(&suite);
    let mut statuses = Vec::new();
    for _ in 0..12 {
        statuses.push(attempt(&suite, "203.0.113", &mailbox()).await.status);
    }
    assert_eq!(statuses[..10], [401; 10]);
    assert_eq!(statuses[11], 429, "{statuses:?}");
}
