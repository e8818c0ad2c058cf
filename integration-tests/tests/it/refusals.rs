//! Every route of the gateway's table against every wrong credential: a new route is covered by itself.

use anyhow::Context as _;
use contracts::scopes;
use gateway::table::{Entry, table};
use integration_tests::{
    driver::{Answer, Driver},
    suite::{Mode, Suite},
};
use reqwest::Method;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_refuses_no_credential_an_invented_one_one_without_the_scope_and_most_a_test_key()
-> anyhow::Result<()> {
    let suite = tokio::task::block_in_place(|| Suite::start("refusals", Mode::OneProcess))?;
    let driver = Driver::of(&suite)?;
    let (geo, tenant) =
        (key(&suite, &[scopes::GEO_READ], &[])?, key(&suite, &[scopes::TENANT_READ], &[])?);
    let test = key(&suite, &scopes::secret_key(), &["--test"])?;
    let mut covered = 0;
    for entry in table() {
        let Some(scope) = entry.access.scope() else { continue };
        let without = if scope == scopes::GEO_READ { &tenant } else { &geo };
        for (credential, expected) in
            [(None, 401), (Some("sk_live_madeup"), 401), (Some(without.as_str()), 403)]
        {
            let answer = call(&driver, entry, credential).await?;
            assert_eq!(
                answer.status,
                expected,
                "{} {} with {credential:?}",
                entry.method.as_str(),
                entry.path
            );
        }
        let tried = call(&driver, entry, Some(&test)).await?;
        let is_refused = tried.status == 403
            && (tried.text.contains("test_key_not_supported")
                || scopes::PEOPLE_ONLY.contains(&scope));
        assert_eq!(is_refused, !entry.takes_test_keys(), "{}: {}", entry.path, tried.text);
        covered += 1;
    }
    assert!(covered > 20, "the table was read: {covered}");
    let state = driver.get(&format!("/v1/campaigns/{}", driver.campaign)).await?;
    assert_eq!(state.json()["state"], "live", "nothing changed: {}", state.text);
    Ok(())
}

/// A secret key of the demo's organisation with these scopes, and further arguments of the command.
fn key(suite: &Suite, scopes: &[&str], more: &[&str]) -> anyhow::Result<String> {
    let tenant = suite.demo["tenant_id"].as_str().context("no tenant_id")?;
    let scopes = scopes.iter().flat_map(|scope| ["--scope", *scope]);
    let arguments = ["tenant", "key", "--tenant", tenant].into_iter().chain(scopes);
    let arguments = arguments.chain(more.iter().copied());
    Ok(suite.run("key", &arguments.collect::<Vec<_>>())?.trim().to_owned())
}

/// The ids in the path lead to the demo's campaign or nowhere: no service may get to see the request.
async fn call(driver: &Driver, entry: &Entry, credential: Option<&str>) -> anyhow::Result<Answer> {
    let path = entry.path.replace("{id}", &driver.campaign);
    let method: Method = entry.method.as_str().parse()?;
    let request = driver.http.request(method.clone(), format!("{}{path}", driver.gateway));
    let request =
        if method == Method::GET { request } else { request.json(&serde_json::json!({})) };
    driver
        .send(match credential {
            Some(credential) => request.bearer_auth(credential),
            None => request,
        })
        .await
}
