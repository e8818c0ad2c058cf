//! Every route of the gateway's own table against every wrong token: a new route is covered by itself.

use anyhow::Context as _;
use integration_tests::{
    driver::Driver,
    suite::{Mode, Suite},
};
use reqwest::Method;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_refuses_no_token_a_token_without_the_scope_and_another_tenants_ids()
-> anyhow::Result<()> {
    let suite = tokio::task::block_in_place(|| Suite::start("refusals", Mode::OneProcess))?;
    let driver = Driver::of(&suite)?;
    let other = another_tenant(&suite)?;
    let mut covered = 0;
    for entry in gateway::table::table() {
        let Some(scope) = entry.access.scope() else { continue };
        let path = entry
            .path
            .replace("{id}", &driver.campaign)
            .replace("{postcode}", "OX4 1AA")
            .replace("{ip}", "192.0.2.1");
        let method: Method = entry.method.as_str().parse()?;
        let ask = |token: Option<String>| {
            let request = driver.http.request(method.clone(), format!("{}{path}", driver.gateway));
            let request =
                if method == Method::GET { request } else { request.json(&serde_json::json!({})) };
            driver.send(match token {
                Some(token) => request.bearer_auth(token),
                None => request,
            })
        };
        let told = format!("{method} {}", entry.path);
        assert_eq!(ask(None).await?.status, 401, "{told} without a token");
        assert_eq!(
            ask(Some("sk_live_madeup".to_owned())).await?.status,
            401,
            "{told} with an invented key"
        );
        assert_eq!(ask(Some(other.without(scope))).await?.status, 403, "{told} without the scope");
        if entry.path.contains("{id}") {
            let status = ask(Some(other.powerful.clone())).await?.status;
            assert!(
                matches!(status, 404 | 415 | 422 | 428),
                "{told} with another tenant's token: {status}"
            );
        }
        covered += 1;
    }
    assert!(covered > 20, "the table was read: {covered}");
    let state = driver.get(&format!("/v1/campaigns/{}", driver.campaign)).await?;
    assert_eq!(state.json()["state"], "live", "nothing changed: {}", state.text);
    Ok(())
}

struct Other {
    powerful: String,
    geo: String,
    tenant: String,
}

impl Other {
    /// A key that lacks a scope.
    fn without(&self, scope: &str) -> String {
        if scope == "geo:read" { self.tenant.clone() } else { self.geo.clone() }
    }
}

/// A second demo is a second tenant; its secret key may do nearly everything, two more keys one thing each.
fn another_tenant(suite: &Suite) -> anyhow::Result<Other> {
    let told = suite.run("demo", &["demo", "--state", &suite.path("other.json")])?;
    let other: serde_json::Value = serde_json::from_str(&told)?;
    let text = |name: &str| other[name].as_str().with_context(|| format!("no {name}"));
    let key = |scope: &str| -> anyhow::Result<String> {
        let told = suite
            .run("key", &["tenant", "key", "--tenant", text("tenant_id")?, "--scope", scope])?;
        Ok(told.trim().to_owned())
    };
    Ok(Other {
        powerful: text("secret_key")?.to_owned(),
        geo: key("geo:read")?,
        tenant: key("tenant:read")?,
    })
}
