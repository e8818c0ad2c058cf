//! One organisation with all its scopes calls every route of the gateway's table with the ids of another: it learns
//! nothing and changes nothing. Afterwards the other sends the same requests, so that each refusal is known to be about
//! whose row it is.

mod document;
mod dump;
mod requests;
mod tenant;

use gateway::table::{Entry, Method, table};
use integration_tests::{
    driver::{Answer, Driver},
    suite::{Mode, Suite},
};
use serde_json::{Value, json};

use self::{
    dump::Dump,
    requests::{Target, call, route, stolen, target},
    tenant::Tenant,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_tenants_rows_are_neither_shown_nor_changed_by_any_route() -> anyhow::Result<()> {
    let suite = tokio::task::block_in_place(|| Suite::start("tenants", Mode::OneProcess))?;
    let second = suite.run("demo", &["demo", "--state", &suite.path("other.json")])?;
    let stranger = Tenant::fill(&suite, &suite.demo).await?;
    let owner = Tenant::fill(&suite, &serde_json::from_str(&second)?).await?;
    let before = settled(&suite, &owner.driver).await?;
    refuses_rows(&stranger, &owner).await?;
    lists_only_own_rows(&stranger, &owner).await?;
    document::ids_in_queries_find_only_own_rows(&stranger, &owner).await?;
    let after = Dump::take(&suite)?;
    assert_eq!(before.differences(&after), [""; 0], "what the stranger's requests changed");

    creates_only_own_rows(&stranger, &owner).await?;
    let [before, after] = [before, Dump::take(&suite)?].map(|dump| dump.without(&stranger.id));
    assert_eq!(
        before.differences(&after),
        [""; 0],
        "what the stranger's own rows changed of others"
    );
    a_sign_in_opens_only_the_own_organisation(&stranger, &owner).await?;
    serves_the_owner(&owner).await
}

/// All rows, once nothing changes them.
async fn settled(suite: &Suite, driver: &Driver) -> anyhow::Result<Dump> {
    let look = async || {
        let dump = Dump::take(suite)?;
        Ok(dump.under_way().is_none().then_some(dump))
    };
    driver.eventually("the end of all deliveries and erasures", look).await
}

async fn refuses_rows(stranger: &Tenant, owner: &Tenant) -> anyhow::Result<()> {
    for entry in table() {
        let Target::Row(path) = stolen(entry, owner, stranger)? else { continue };
        let answer = call(entry, &path, stranger, owner).await?;
        assert!(
            matches!(answer.status, 403 | 404),
            "{}: {} {}",
            route(entry),
            answer.status,
            answer.text
        );
        shows_nothing_of(owner, &path, entry, &answer);
    }
    Ok(())
}

async fn lists_only_own_rows(stranger: &Tenant, owner: &Tenant) -> anyhow::Result<()> {
    for entry in table() {
        let path = match target(entry, owner)? {
            Target::Shared(path) => path,
            Target::Collection if entry.method == Method::Get => entry.path.to_owned(),
            Target::Collection | Target::Row(_) => continue,
        };
        shows_nothing_of(owner, &path, entry, &call(entry, &path, stranger, owner).await?);
        if let Target::Collection = target(entry, owner)? {
            let own = call(entry, &path, owner, owner).await?;
            assert!(own.status == 200 && has_rows(&own), "{}: {}", route(entry), own.text);
        }
    }
    Ok(())
}

fn assert_success(entry: &Entry, answer: &Answer) {
    let success = (200..300).contains(&answer.status);
    assert!(success, "{}: {} {}", route(entry), answer.status, answer.text);
}

/// A stranger may name the other's people and use the same words, and gets rows of its own.
async fn creates_only_own_rows(stranger: &Tenant, owner: &Tenant) -> anyhow::Result<()> {
    for entry in table().iter().filter(|entry| entry.method != Method::Get) {
        let Target::Collection = target(entry, owner)? else { continue };
        let answer = call(entry, entry.path, stranger, owner).await?;
        assert_success(entry, &answer);
        // One person has the same id in every organisation.
        let ids = owner.rows.iter().filter(|(row, _)| **row != "/v1/users/{user_id}");
        let shown = ids.map(|(_, id)| id).find(|id| answer.text.contains(id.as_str()));
        assert_eq!(shown, None, "{}: {}", route(entry), answer.text);
    }
    Ok(())
}

async fn a_sign_in_opens_only_the_own_organisation(
    stranger: &Tenant,
    owner: &Tenant,
) -> anyhow::Result<()> {
    let sign_in = |tenant: &str| json!({"email": stranger.email, "password": stranger.password, "tenant": tenant});
    let refused = stranger.driver.post("/v1/sessions", &sign_in(&owner.slug)).await?;
    assert_eq!(refused.status, 401, "{}", refused.text);
    let opened = stranger.driver.post("/v1/sessions", &sign_in(&stranger.slug)).await?;
    assert_eq!(opened.json()["tenant_id"], stranger.id, "{}", opened.text);
    Ok(())
}

/// The control. Deletions come last, since the other routes need the rows.
async fn serves_the_owner(owner: &Tenant) -> anyhow::Result<()> {
    let (deletions, others): (Vec<&Entry>, Vec<&Entry>) =
        table().iter().partition(|entry| entry.method == Method::Delete);
    for entry in others.into_iter().chain(deletions) {
        let Target::Row(path) = target(entry, owner)? else { continue };
        let answer = call(entry, &path, owner, owner).await?;
        assert_success(entry, &answer);
    }
    Ok(())
}

fn shows_nothing_of(owner: &Tenant, sent: &str, entry: &Entry, answer: &Answer) {
    let shown = owner.marks().find(|mark| answer.text.contains(mark) && !sent.contains(mark));
    assert_eq!(shown, None, "{}: {}", route(entry), answer.text);
}

/// Whether a list is not empty; a single object always counts.
fn has_rows(answer: &Answer) -> bool {
    answer.json()["data"].as_array().is_none_or(|rows: &Vec<Value>| !rows.is_empty())
}
