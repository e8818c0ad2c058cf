//! Every POST of the gateway's table, sent again: it acts once per idempotency key, or is listed here with the reason why it
//! takes none. A new POST fails this test until it has an example or a reason.

use anyhow::Context as _;
use contracts::scopes;
use futures_util::future::try_join_all;
use integration_tests::{
    driver::{Answer, Driver},
    suite::{Mode, Suite},
};
use reqwest::Method;
use serde_json::{Value, json};

/// Beginnings of the paths whose POSTs take no key.
const UNKEYED: &[(&str, &str)] = &[
    ("/v1/geo/", "reads"),
    ("/v1/eligibility-areas/{id}/check", "reads"),
    ("/v1/sessions", "a stored reply would be a stored session"),
    ("/v1/confirmations/{link}", "a link confirms once"),
    ("/confirm/{link}", "a link confirms once"),
];
/// Requests sent at the same time.
const AT_ONCE: usize = 3;
const SUPPORTER: &str = "again@supporter.example";

/// A request, another one to the same path, and where the effect can be counted.
struct Example {
    path: String,
    kind: &'static str,
    body: String,
    other: String,
    rows: &'static str,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_post_acts_once_per_key_or_needs_none() -> anyhow::Result<()> {
    let suite = tokio::task::block_in_place(|| Suite::start("repeats", Mode::OneProcess))?;
    let mut driver = Driver::of(&suite)?;
    driver.secret = sign_in(&suite, &driver).await?;
    let mut keyed = 0;
    for entry in gateway::table::table().iter().filter(|entry| entry.method.as_str() == "POST") {
        if let Some(example) = example(&suite, &driver, entry.path).await? {
            check(&suite, &driver, &example).await.context(entry.path)?;
            keyed += 1;
            continue;
        }
        let has_reason = UNKEYED.iter().any(|(path, _)| entry.path.starts_with(path));
        assert!(has_reason, "POST {} needs an example, or a reason to take no key", entry.path);
    }
    assert!(keyed >= 10, "the table was read: {keyed}");
    Ok(())
}

async fn check(suite: &Suite, driver: &Driver, example: &Example) -> anyhow::Result<()> {
    let request = |key: &str, body: &str| {
        let request = driver.http.post(format!("{}{}", driver.gateway, example.path));
        let request = request.bearer_auth(&driver.secret).header("content-type", example.kind);
        request.header("idempotency-key", key).body(body.to_owned())
    };
    let send = async |key: &str, body: &str| driver.send(request(key, body)).await;
    let two_keys = request("k-1", &example.body).header("idempotency-key", "k-2");
    for malformed in [send("\"open", &example.body).await?, driver.send(two_keys).await?] {
        assert_eq!(malformed.status, 422, "{}", malformed.text);
        assert_eq!(malformed.json()["errors"][0]["pointer"], "Idempotency-Key");
    }
    let before = rows(suite, example)?;
    let together = try_join_all((0..AT_ONCE).map(|_| send("k-1", &example.body))).await?;
    let first = together.first().context("an answer")?.clone();
    assert!((200..300).contains(&first.status), "{}", first.text);
    let quoted = send("\"k-1\"", &example.body).await?;
    for again in together.iter().chain([&quoted]) {
        assert_eq!((again.status, &again.text), (first.status, &first.text));
    }
    let other = send("k-1", &example.other).await?;
    assert_eq!((other.status, &other.json()["code"]), (422, &json!("idempotency_key_reused")));
    assert_eq!(rows(suite, example)?, before + 1, "acted once");
    Ok(())
}

fn rows(suite: &Suite, example: &Example) -> anyhow::Result<i64> {
    let count = suite.stack.postgres.sql(&format!("SELECT count(*) FROM {}", example.rows))?;
    Ok(count.trim().parse()?)
}

/// A request for a path of the table.
async fn example(suite: &Suite, driver: &Driver, path: &str) -> anyhow::Result<Option<Example>> {
    let json = |body: Value, other: Value, rows| Example {
        path: path.to_owned(),
        kind: "application/json",
        body: body.to_string(),
        other: other.to_string(),
        rows,
    };
    let of_row = |id: &str, example: Example| Example { path: path.replace("{id}", id), ..example };
    let key = |name| json!({"kind": "secret", "name": name, "scopes": [scopes::GEO_READ]});
    let hook = |url| json!({"url": url, "event_types": ["person.erased"]});
    Ok(Some(match path {
        "/v1/users" => json(user("Bo Marsh"), user("Bo Reed"), "identity.memberships"),
        "/v1/api-keys" => json(key("one"), key("two"), "identity.api_keys"),
        "/v1/campaigns" => json(petition("One"), petition("Two"), "campaigns.campaigns"),
        "/v1/campaigns/{id}/publish" => {
            let example =
                json(json!({}), json!({"x": 1}), "campaigns.campaigns WHERE state = 'live'");
            of_row(&draft(driver).await?, example)
        }
        "/v1/campaigns/{id}/close" => {
            let id = draft(driver).await?;
            let live = driver.post(&format!("/v1/campaigns/{id}/publish"), &json!({})).await?;
            assert_eq!(live.status, 200, "{}", live.text);
            let rows = "campaigns.campaigns WHERE state = 'closed'";
            of_row(&id, json(json!({}), json!({"x": 1}), rows))
        }
        "/v1/campaigns/{id}/actions" => {
            let action = |name| Driver::action(SUPPORTER, name);
            let example = json(action("Ada Again"), action("Ada Other"), "campaigns.actions");
            of_row(&driver.campaign, example)
        }
        "/v1/representatives/import" => Example {
            path: format!("{path}?partial=true"),
            kind: "text/csv",
            body: representatives("E14009991"),
            other: representatives("E14009992"),
            rows: "campaigns.representatives",
        },
        "/v1/eligibility-areas" => json(area("One"), area("Two"), "campaigns.eligibility_areas"),
        "/v1/erasures" => {
            let (known, unknown) =
                (json!({"email": SUPPORTER}), json!({"email": "no@body.example"}));
            json(known, unknown, "retention.erasures")
        }
        "/v1/deliveries/{id}/settle" => {
            let (arrived, lost) =
                (json!({"outcome": "delivered"}), json!({"outcome": "send_again"}));
            let rows = "messaging.deliveries WHERE code = 'decided'";
            of_row(&unknown_delivery(suite, driver).await?, json(arrived, lost, rows))
        }
        "/v1/webhook-endpoints" => {
            let (one, two) = (hook("https://partner.example/1"), hook("https://partner.example/2"));
            json(one, two, "webhooks.endpoints")
        }
        _ => return Ok(None),
    }))
}

fn user(name: &str) -> Value {
    let (email, password) = ("bo@again.example", "three otters swim upstream");
    json!({"email": email, "name": name, "password": password, "role": "campaigner"})
}

fn petition(title: &str) -> Value {
    json!({
        "kind": "petition", "title": title, "body": "Streets need shade.", "language": "en",
        "controller_policy_url": "https://trees.example/privacy",
    })
}

fn area(name: &str) -> Value {
    json!({"name": name, "area": {"include": [{"postcodes": ["OX4 1AA"]}]}})
}

fn representatives(gss_code: &str) -> String {
    format!(
        "gss_code,name,party,office_email,office_address,salutation\n\
         {gss_code},Sam Example,Green,sam@office.example.invalid,The House,Dear Sam Example\n"
    )
}

async fn draft(driver: &Driver) -> anyhow::Result<String> {
    let made = driver.post("/v1/campaigns", &petition("A draft")).await?;
    Ok(made.json()["id"].as_str().with_context(|| made.text.clone())?.to_owned())
}

/// A confirmation email of unknown outcome.
async fn unknown_delivery(suite: &Suite, driver: &Driver) -> anyhow::Result<String> {
    let email = "unknown@supporter.example";
    let accepted = driver.act(&Driver::action(email, "Una Unknown")).await?;
    assert_eq!(accepted.status, 202, "{}", accepted.text);
    let action = accepted.json()["action_id"].as_str().context("no id")?.to_owned();
    let sql = format!(
        "UPDATE messaging.deliveries SET state = 'unknown' WHERE action_id = '{action}' AND state = 'sent' RETURNING id"
    );
    let id = driver
        .eventually("a sent email", async || {
            let answer = suite.stack.postgres.sql(&sql)?;
            Ok(answer.split_whitespace().next().map(str::to_owned).filter(|id| id.len() == 36))
        })
        .await?;
    Ok(id)
}

/// Signs the owner in, who may do everything; twice, since a session is never sent again.
async fn sign_in(suite: &Suite, driver: &Driver) -> anyhow::Result<String> {
    let body = json!({"email": suite.demo_value("owner_email"), "password": suite.demo_value("owner_password")});
    let send = async || -> anyhow::Result<Answer> {
        let request = driver.http.request(Method::POST, format!("{}/v1/sessions", driver.gateway));
        driver.send(request.header("idempotency-key", "k-1").json(&body)).await
    };
    let (first, second) = (send().await?, send().await?);
    assert_eq!((first.status, second.status), (200, 200), "{} {}", first.text, second.text);
    assert_ne!(first.json()["refresh_token"], second.json()["refresh_token"]);
    Ok(second.json()["access_token"].as_str().context("no token")?.to_owned())
}
