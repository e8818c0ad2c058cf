//! An organisation with a row of each kind, made through the gateway as its owner.

use std::collections::BTreeMap;

use anyhow::{Context as _, ensure};
use contracts::scopes;
use integration_tests::{driver::Driver, suite::Suite};
use serde_json::{Value, json};

/// Good for nothing but these tests.
const PASSWORD: &str = "seven quiet herons wade";
/// The endpoint that the webhook deliveries were queued for; it is deleted, so that they are settled.
pub(crate) const DELETED_ENDPOINT: &str = "the deleted endpoint";

/// An organisation and what it has.
pub(crate) struct Tenant {
    pub(crate) id: String,
    pub(crate) slug: String,
    pub(crate) email: String,
    pub(crate) password: String,
    /// Calls with the owner's access token, which has every scope.
    pub(crate) driver: Driver,
    /// Rows, by the beginning of the paths that lead to them, the parameter included: `/v1/users/{user_id}`. A row that one
    /// route alone can use is named by method and path.
    pub(crate) rows: BTreeMap<&'static str, String>,
}

impl Tenant {
    /// Fills the organisation of a demo.
    pub(crate) async fn fill(suite: &Suite, demo: &Value) -> anyhow::Result<Self> {
        let mut tenant = Self::sign_in(suite, demo).await?;
        let slug = tenant.slug.clone();
        let endpoint = tenant.add("/v1/webhook-endpoints", &endpoint(EVERYTHING)).await?;
        tenant.rows.insert(DELETED_ENDPOINT, endpoint.clone());
        for (row, path, body) in [
            ("/v1/users/{user_id}", "/v1/users", person(&tenant.colleague(), &slug)),
            ("/v1/api-keys/{key_id}", "/v1/api-keys", key(&slug)),
            ("/v1/eligibility-areas/{id}", "/v1/eligibility-areas", area(&slug)),
            ("PATCH /v1/campaigns/{id}", "/v1/campaigns", campaign(&slug)),
            // Nothing is closed before the dumps are compared.
            ("/v1/webhook-endpoints/{id}", "/v1/webhook-endpoints", endpoint_of_closed()),
        ] {
            let id = tenant.add(path, &body).await?;
            tenant.rows.insert(row, id);
        }
        let draft = tenant.rows["PATCH /v1/campaigns/{id}"].clone();
        tenant.rows.insert("POST /v1/campaigns/{id}/publish", draft.clone());
        tenant.rows.insert("POST /v1/campaigns/{id}/close", draft);
        tenant.act().await?;
        tenant.erase().await?;
        tenant.take_deliveries(&endpoint).await?;
        // Only such a delivery can be settled.
        let message = &tenant.rows["/v1/deliveries/{id}"];
        let unknown =
            format!("UPDATE messaging.deliveries SET state = 'unknown' WHERE id = '{message}'");
        suite.stack.postgres.sql(&unknown)?;
        Ok(tenant)
    }

    async fn sign_in(suite: &Suite, demo: &Value) -> anyhow::Result<Self> {
        let text =
            |name: &str| demo[name].as_str().map(str::to_owned).with_context(|| name.to_owned());
        let (email, password) = (text("owner_email")?, text("owner_password")?);
        let mut driver = Driver::of_demo(suite, demo)?;
        let body = json!({"email": email, "password": password});
        let session = driver.post("/v1/sessions", &body).await?;
        let token = session.json()["access_token"].as_str().map(str::to_owned);
        driver.secret = token.with_context(|| session.text.clone())?;
        let slug =
            driver.get("/v1/tenant").await?.json()["slug"].as_str().context("slug")?.to_owned();
        let rows = BTreeMap::from([("/v1/campaigns/{id}", text("campaign_id")?)]);
        Ok(Self { id: text("tenant_id")?, slug, email, password, driver, rows })
    }

    /// The address of somebody who works there.
    pub(crate) fn colleague(&self) -> String {
        format!("colleague@{}.example.org", self.slug)
    }

    /// The address of somebody who took part in the campaign.
    pub(crate) fn supporter(&self) -> String {
        format!("supporter@{}.example.org", self.slug)
    }

    /// Texts that belong to this organisation alone.
    pub(crate) fn marks(&self) -> impl Iterator<Item = &str> {
        self.rows.values().chain([&self.id, &self.slug]).map(String::as_str)
    }

    async fn add(&self, path: &str, body: &Value) -> anyhow::Result<String> {
        let answer = self.driver.post(path, body).await?;
        let id = answer.json()["id"].as_str().map(str::to_owned);
        id.with_context(|| format!("POST {path}: {}", answer.text))
    }

    /// A supporter's message reaches the representative.
    async fn act(&mut self) -> anyhow::Result<()> {
        let (email, driver) = (self.supporter(), &self.driver);
        let accepted = driver.act(&Driver::action(&email, "Sam Supporter")).await?;
        ensure!(accepted.status == 202, "{}", accepted.text);
        let link = driver.confirmation(&email).await?.link().context("no link")?;
        ensure!(driver.confirm(&link).await?.status == 200, "{link}");
        driver.message_from(&email).await?;
        let link = link.rsplit('/').next().context("no link")?.to_owned();
        self.rows.insert("/v1/confirmations/{link}", link.clone());
        self.rows.insert("/confirm/{link}", link);
        Ok(())
    }

    /// Another supporter is forgotten.
    async fn erase(&mut self) -> anyhow::Result<()> {
        let email = format!("forgotten@{}.example.org", self.slug);
        let accepted = self.driver.act(&Driver::action(&email, "Fay Forgotten")).await?;
        ensure!(accepted.status == 202, "{}", accepted.text);
        self.driver.confirmation(&email).await?;
        let id = self.add("/v1/erasures", &json!({"email": email})).await?;
        self.rows.insert("/v1/erasures/{id}", id);
        Ok(())
    }

    /// Waits until everything is delivered and queued, then deletes the endpoint and with it what is queued.
    async fn take_deliveries(&mut self, endpoint: &str) -> anyhow::Result<()> {
        let (driver, campaign) = (&self.driver, &self.rows["/v1/campaigns/{id}"]);
        let messages = format!("/v1/deliveries?campaign_id={campaign}");
        let notices = format!("/v1/webhook-deliveries?endpoint_id={endpoint}");
        let message = first(driver, &messages, |row| row["kind"] == "representative").await?;
        for event in ["campaign.action.confirmed", "message.delivery.recorded", "person.erased"] {
            first(driver, &notices, |row| row["event_type"] == event).await?;
        }
        let notice = first(driver, &notices, |_| true).await?;
        let url = format!("{}/v1/webhook-endpoints/{endpoint}", driver.gateway);
        let deleted = driver.send(driver.http.delete(url).bearer_auth(&driver.secret)).await?;
        ensure!(deleted.status == 204, "{}", deleted.text);
        self.rows.insert("/v1/deliveries/{id}", message);
        self.rows.insert("/v1/webhook-deliveries/{id}", notice);
        Ok(())
    }
}

/// The id of the first row of a list that is wanted, once it is there.
async fn first(
    driver: &Driver,
    list: &str,
    wanted: impl Fn(&Value) -> bool,
) -> anyhow::Result<String> {
    let look = async || {
        let rows = driver.get(list).await?.json()["data"].clone();
        let found = rows.as_array().into_iter().flatten().find(|row| wanted(row));
        Ok(found.and_then(|row| row["id"].as_str()).map(str::to_owned))
    };
    driver.eventually(list, look).await
}

const EVERYTHING: &[&str] =
    &["campaign.action.confirmed", "message.delivery.recorded", "person.erased"];

/// No such host exists: nothing leaves the machine.
fn endpoint(event_types: &[&str]) -> Value {
    json!({"url": "https://hooks.example.invalid/folkmoot", "event_types": event_types})
}

pub(crate) fn endpoint_of_closed() -> Value {
    endpoint(&["campaign.closed"])
}

pub(crate) fn person(email: &str, slug: &str) -> Value {
    json!({"email": email, "name": format!("Colleague of {slug}"), "password": PASSWORD, "role": "analyst"})
}

pub(crate) fn key(slug: &str) -> Value {
    json!({"kind": "secret", "name": format!("Key of {slug}"), "scopes": [scopes::CAMPAIGNS_READ]})
}

pub(crate) fn area(slug: &str) -> Value {
    json!({"name": format!("Area of {slug}"), "area": {"include": [{"postcodes": ["OX4"]}]}})
}

pub(crate) fn campaign(slug: &str) -> Value {
    json!({
        "kind": "petition", "title": format!("Draft of {slug}"), "body": "A draft.", "language": "en",
        "controller_policy_url": "https://example.org/privacy",
    })
}
