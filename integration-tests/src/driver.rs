//! Supporters and staff, as the gateway sees them.

use std::{path::PathBuf, sync::Arc, time::Duration};

use anyhow::Context as _;
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

use crate::{
    mailbox::{Mail, Mailbox},
    suite::Suite,
};

const PATIENCE: Duration = Duration::from_mins(1);
const LOOK: Duration = Duration::from_millis(100);
/// What the page says when its button was pressed too early.
const TOO_EARLY: &str = "Please read this page";

/// Calls a suite from outside. Clones share connections.
#[derive(Clone)]
pub struct Driver {
    /// For requests of a story's own.
    pub http: Client,
    /// Base URL of the gateway.
    pub gateway: String,
    /// A publishable key.
    pub publishable: String,
    /// A secret key.
    pub secret: String,
    /// The demo's live campaign.
    pub campaign: String,
    mailbox: Arc<Mailbox>,
}

/// An answer, read whole.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Body.
    pub text: String,
}

impl Answer {
    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }
}

impl Driver {
    /// Calls a suite as the organisation of its demo.
    pub fn of(suite: &Suite) -> anyhow::Result<Self> {
        Self::of_demo(suite, &suite.demo)
    }

    /// Calls a suite as the organisation of another demo.
    pub fn of_demo(suite: &Suite, demo: &Value) -> anyhow::Result<Self> {
        Self::at(demo, suite.dir.join("mail"))
    }

    /// Calls the gateway of a demo as its organisation; its emails are files of a folder.
    pub fn at(demo: &Value, mail: PathBuf) -> anyhow::Result<Self> {
        let text = |name: &str| {
            demo.get(name).and_then(Value::as_str).map(str::to_owned).context(name.to_owned())
        };
        Ok(Self {
            http: kit::client::plain::build(Duration::from_secs(15))?,
            gateway: text("gateway")?,
            publishable: text("publishable_key")?,
            secret: text("secret_key")?,
            campaign: text("campaign_id")?,
            mailbox: Arc::new(Mailbox::new(mail)),
        })
    }

    /// A supporter's action as the demo's form sends it.
    pub fn action(email: &str, name: &str) -> Value {
        json!({
            "name": name, "email": email, "postcode": "OX4 1AA", "address": "1 Cowley Road, Oxford",
            "own_words": "I walk here every day.", "consents": [{"id": "process", "given": true}],
        })
    }

    /// Sends an action with the publishable key.
    pub async fn act(&self, action: &Value) -> anyhow::Result<Answer> {
        let url = format!("{}/v1/campaigns/{}/actions", self.gateway, self.campaign);
        self.send(self.http.post(url).bearer_auth(&self.publishable).json(action)).await
    }

    /// GET with the secret key.
    pub async fn get(&self, path: &str) -> anyhow::Result<Answer> {
        self.send(self.http.get(format!("{}{path}", self.gateway)).bearer_auth(&self.secret)).await
    }

    /// POST with the secret key.
    pub async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Answer> {
        self.send(
            self.http.post(format!("{}{path}", self.gateway)).bearer_auth(&self.secret).json(body),
        )
        .await
    }

    /// Opens the link of an email, as a mail scanner or a person does.
    pub async fn open(&self, link: &str) -> anyhow::Result<Answer> {
        self.send(self.http.get(link)).await
    }

    /// Opens a link and presses the button on its page; again, if that was too early for a person.
    pub async fn confirm(&self, link: &str) -> anyhow::Result<Answer> {
        let page = self.open(link).await?;
        let started = tokio::time::Instant::now();
        loop {
            let answer = self.press(link, &page).await?;
            let is_early = answer.status == 409 && answer.text.contains(TOO_EARLY);
            if !is_early || started.elapsed() > PATIENCE {
                return Ok(answer);
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Presses the button on a page that was opened.
    pub async fn press(&self, link: &str, page: &Answer) -> anyhow::Result<Answer> {
        let token = page.text.split_once("name=\"token\" value=\"");
        let token = token.and_then(|(_, rest)| rest.split('"').next()).unwrap_or_default();
        let form = self.http.post(link).header("content-type", "application/x-www-form-urlencoded");
        self.send(form.body(format!("token={token}"))).await
    }

    /// Sends a request and reads the answer.
    pub async fn send(&self, request: RequestBuilder) -> anyhow::Result<Answer> {
        let response = request.send().await?;
        let status = response.status().as_u16();
        Ok(Answer { status, text: response.text().await? })
    }

    /// All emails caught so far.
    pub fn emails(&self) -> anyhow::Result<Vec<Arc<Mail>>> {
        self.mailbox.emails()
    }

    /// The confirmation mail to an address, once it is there.
    pub async fn confirmation(&self, email: &str) -> anyhow::Result<Arc<Mail>> {
        self.eventually("a confirmation mail", async || {
            Ok(self.emails()?.into_iter().find(|mail| mail.to == email && mail.link().is_some()))
        })
        .await
    }

    /// The message a representative got from a supporter, once it is there.
    pub async fn message_from(&self, email: &str) -> anyhow::Result<Arc<Mail>> {
        self.eventually("a message to a representative", async || {
            Ok(self.emails()?.into_iter().find(|mail| mail.reply_to.as_deref() == Some(email)))
        })
        .await
    }

    /// The campaign's counter.
    pub async fn counter(&self) -> anyhow::Result<i64> {
        let answer = self.get(&format!("/v1/campaigns/{}/counter", self.campaign)).await?;
        answer.json().get("total").and_then(Value::as_i64).with_context(|| answer.text.clone())
    }

    /// Asks until the answer is there.
    pub async fn eventually<T>(
        &self,
        what: &str,
        ask: impl AsyncFn() -> anyhow::Result<Option<T>>,
    ) -> anyhow::Result<T> {
        let started = tokio::time::Instant::now();
        loop {
            if let Some(found) = ask().await? {
                return Ok(found);
            }
            anyhow::ensure!(
                started.elapsed() < PATIENCE,
                "{what} did not come within {PATIENCE:?}"
            );
            tokio::time::sleep(LOOK).await;
        }
    }
}
