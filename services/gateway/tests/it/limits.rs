//! Limits, shared through Redis, and kept while it is unavailable.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use contracts::scopes;
use testkit::{caller::Caller, wait::eventually};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{get_with, suite_with};

const PATH: &str = "/v1/geo/postcodes/SW1A1AA";

async fn until_refused(caller: &Caller) -> usize {
    for count in 0..100 {
        let answer = caller.get(PATH).await;
        if answer.status == 429 {
            assert_eq!(answer.json()["code"], "rate_limited");
            assert!(answer.header("retry-after").parse::<u32>().unwrap() >= 1);
            return count;
        }
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
    panic!("never refused");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_network_runs_out_and_a_server_with_a_secret_key_has_its_own_limit() {
    // Geo: 300 a minute by network, 6,000 by secret key, 60,000 by publishable key.
    let suite = suite_with(&[("FOLKMOOT_GATEWAY_LIMIT_SCALE", "0.05")]).await;
    let page = suite.key("pk", &[scopes::GEO_READ]);
    let first = page.get(PATH).await;
    assert_eq!(
        first.header("ratelimit-policy"),
        "\"credential\";q=3000;w=60, \"network\";q=15;w=60"
    );
    assert_eq!(first.header("ratelimit"), "\"credential\";r=2999;t=1, \"network\";r=14;t=4");
    // Refilled while we ask: one every four seconds.
    assert!((14..=17).contains(&until_refused(&page).await));
    let server = suite.key("sk", &[scopes::GEO_READ]);
    assert_eq!(server.get(PATH).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_redis_requests_are_served_and_limits_still_hold() {
    // Nobody listens on port 1.
    let settings = [("REDIS_URL", "redis://127.0.0.1:1"), ("FOLKMOOT_GATEWAY_LIMIT_SCALE", "0.05")];
    let suite = suite_with(&settings).await;
    let page = suite.key("pk", &[scopes::GEO_READ]);
    let first = page.get(PATH).await;
    assert_eq!(first.status, 200);
    assert!(first.header("ratelimit").contains("\"network\";r=14"), "{:?}", first.headers);
    assert!((14..=17).contains(&until_refused(&page).await));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn networks_are_distinguished_behind_a_trusted_proxy_only() {
    let scale = ("FOLKMOOT_GATEWAY_LIMIT_SCALE", "0.0001");
    let trusting = suite_with(&[scale, ("FOLKMOOT_TRUSTED_PROXIES", "127.0.0.0/8")]).await;
    let wary = suite_with(&[scale]).await;
    for (suite, expected) in [(trusting, [200, 429, 200]), (wary, [200, 429, 429])] {
        // Six publishable requests a minute, one by network.
        let page = suite.key("pk", &[scopes::GEO_READ]);
        for (address, status) in ["203.0.113.1", "203.0.113.2", "198.51.100.1"].iter().zip(expected)
        {
            let answer = get_with(&page, PATH, &[("x-forwarded-for", address)]).await;
            assert_eq!(answer.status, status, "{address}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_campaign_has_a_limit_of_its_own() {
    // At this scale a network has one connection; a trusted proxy has as many as it opens.
    let proxy = ("FOLKMOOT_TRUSTED_PROXIES", "127.0.0.0/8");
    let suite = suite_with(&[("FOLKMOOT_GATEWAY_LIMIT_SCALE", "0.00003"), proxy]).await;
    let campaign = kit::id::Ids.next();
    let path = format!("/v1/campaigns/{campaign}/actions");
    let tenant_id = kit::id::Ids.next();
    let key = |tenant_id| suite.key_of(tenant_id, "sk", &[scopes::ACTIONS_CREATE]);
    let (one, other) = (key(tenant_id), key(tenant_id));
    let first = one.post(&path, &serde_json::json!({})).await;
    assert_eq!(first.status, 200);
    assert!(first.header("ratelimit-policy").contains("\"campaign\";q=2;w=60"));
    assert_eq!(other.post(&path, &serde_json::json!({})).await.status, 200);
    // Another organisation uses up nothing of it.
    let stranger = key(kit::id::Ids.next());
    assert_eq!(stranger.post(&path, &serde_json::json!({})).await.status, 200);
    let third = key(tenant_id);
    let refused = third.post(&path, &serde_json::json!({})).await;
    assert_eq!(refused.status, 429);
    assert!(refused.text.contains("campaign"), "{}", refused.text);
}

/// A way to the real Redis that opens only now; counts the bytes that came back.
fn open_way(listener: TcpListener) -> Arc<AtomicU64> {
    let redis = url::Url::parse(&testkit::setting("REDIS_URL")).unwrap();
    let redis = (redis.host_str().unwrap().to_owned(), redis.port().unwrap());
    let answered = Arc::new(AtomicU64::new(0));
    let counter = answered.clone();
    kit::tasks::spawn("way", async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let (redis, counter) = (redis.clone(), counter.clone());
            kit::tasks::spawn("way.one", async move {
                let real = TcpStream::connect(redis).await.unwrap();
                let (mut from_real, mut to_real) = real.into_split();
                let (mut from_us, mut to_us) = socket.split();
                let there = tokio::io::copy(&mut from_us, &mut to_real);
                let mut buffer = [0; 4096];
                let back = async {
                    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
                    while let Ok(length @ 1..) = from_real.read(&mut buffer).await {
                        counter.fetch_add(length.try_into().unwrap(), Ordering::Relaxed);
                        to_us.write_all(&buffer[..length]).await.unwrap();
                    }
                };
                tokio::select! { _ = there => {}, () = back => {} }
            });
        }
    });
    answered
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_redis_returns_it_is_used_again() {
    let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let redis = format!("redis://{address}");
    let suite = suite_with(&[("REDIS_URL", &redis), ("FOLKMOOT_GATEWAY_LIMIT_SCALE", "100")]).await;
    let page = suite.key("pk", &[scopes::GEO_READ]);
    assert_eq!(page.get(PATH).await.status, 200);
    let answered = open_way(TcpListener::bind(address).await.unwrap());
    eventually("Redis is asked again", async || {
        assert_eq!(page.get(PATH).await.status, 200);
        (answered.load(Ordering::Relaxed) > 200).then_some(())
    })
    .await;
}
