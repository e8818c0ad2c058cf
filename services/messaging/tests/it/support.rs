//! A messaging service with a real catcher, a supporter with keys, and the events campaigns would send.

use std::{net::SocketAddr, sync::LazyLock};

use base64::{Engine as _, engine::general_purpose::STANDARD as B64};
use chrono::Duration;
use contracts::scopes;
use contracts::{
    Sealed,
    campaigns::{ActionSubmitted, MessageComposed},
    event::Event as _,
    keyring::{Compartment, KeyRef, Purpose},
};
use kit::{
    id::Ids,
    keyring::{Keys, sealed::SealContext},
};
use messaging::{Messaging, catcher::Catcher, mail::dkim};
use serde_json::Value;
use tempfile::TempDir;
use testkit::{app::TestApp, caller::Caller};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub(crate) const SEND: &str = "deliveries.send";
pub(crate) const DOMAIN: &str = "mail.folkmoot.test";
pub(crate) const SELECTOR: &str = "s2026";

/// One RSA key for all tests of the binary, with its DNS record: making one takes long.
pub(crate) static KEY: LazyLock<(String, String)> = LazyLock::new(|| {
    let key = dkim::generate_key().unwrap();
    let record = dkim::dns_record(&key).unwrap();
    (key, record)
});

/// A caught email with its envelope.
#[derive(Debug, Clone)]
pub(crate) struct Caught {
    pub(crate) raw: Vec<u8>,
    pub(crate) envelope: Value,
}

impl Caught {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.raw.clone()).unwrap()
    }

    /// The email as an email client shows it.
    pub(crate) fn parsed(&self) -> mail_parser::Message<'_> {
        mail_parser::MessageParser::new().parse(&self.raw).unwrap()
    }
}

/// A catcher with its folder.
pub(crate) struct Catch {
    pub(crate) addr: SocketAddr,
    pub(crate) dir: TempDir,
    stop: CancellationToken,
}

impl Catch {
    pub(crate) async fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let catcher =
            Catcher::bind("127.0.0.1:0".parse().unwrap(), dir.path().join("mail")).await.unwrap();
        let (addr, stop) = (catcher.addr().unwrap(), CancellationToken::new());
        let stopped = stop.clone();
        kit::tasks::spawn("catcher", async move { catcher.run(stopped).await.unwrap() });
        Self { addr, dir, stop }
    }

    pub(crate) fn emails(&self) -> Vec<Caught> {
        let mut paths: Vec<_> = std::fs::read_dir(self.dir.path().join("mail"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|end| end == "eml"))
            .collect();
        paths.sort();
        let caught = paths.iter().map(|path| Caught {
            raw: std::fs::read(path).unwrap(),
            envelope: serde_json::from_slice(&std::fs::read(path.with_extension("json")).unwrap())
                .unwrap(),
        });
        caught.collect()
    }
}

impl Drop for Catch {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// The service, sending to `addr`.
pub(crate) async fn app(addr: SocketAddr) -> TestApp<Messaging> {
    app_with(addr, [7; 32], &[]).await
}

/// Another replica of `first` with another token key.
pub(crate) async fn replica(
    first: &TestApp<Messaging>,
    addr: SocketAddr,
    token_key: [u8; 32],
) -> TestApp<Messaging> {
    let database = first.db.as_ref().unwrap().url.expose();
    let shared =
        [("FOLKMOOT_MESSAGING_DATABASE_URL", database), ("FOLKMOOT_KEYRING_URL", &first.fakes.url)];
    app_with(addr, token_key, &shared).await
}

async fn app_with(
    addr: SocketAddr,
    token_key: [u8; 32],
    more: &[(&str, &str)],
) -> TestApp<Messaging> {
    let (catch, token_key) = (addr.to_string(), B64.encode(token_key));
    let settings = [
        ("FOLKMOOT_MAIL_CATCH", catch.as_str()),
        ("FOLKMOOT_MESSAGING_DOMAIN", DOMAIN),
        ("FOLKMOOT_MESSAGING_DKIM_SELECTOR", SELECTOR),
        ("FOLKMOOT_MESSAGING_DKIM_KEY", &KEY.0),
        ("FOLKMOOT_MESSAGING_TOKEN_KEY", &token_key),
    ];
    TestApp::start(&[&settings[..], more].concat()).await
}

/// A person of one tenant, whose keys exist.
pub(crate) struct Supporter {
    pub(crate) tenant_id: Uuid,
    pub(crate) subject_id: Uuid,
    pub(crate) name: String,
    keys: Keys,
}

impl Supporter {
    pub(crate) async fn new(app: &TestApp<Messaging>) -> Self {
        Self::of(app, Ids.next(), "Zoë Example").await
    }

    pub(crate) async fn of(app: &TestApp<Messaging>, tenant_id: Uuid, name: &str) -> Self {
        let subject_id = Ids.subject();
        let key = KeyRef { tenant_id, subject_id, compartment: Compartment::Message };
        let keys = app.app().keyring.keys(Purpose::Record, &[key]).await.unwrap();
        Self { tenant_id, subject_id, name: name.to_owned(), keys }
    }

    fn seal(&self, kind: &str, field: &str, id: Uuid, text: &str) -> Sealed<String> {
        let key = self.keys.sealing_key(Compartment::Message).unwrap();
        key.seal(SealContext::Event { kind, field, id }, text).unwrap()
    }

    /// Has campaigns' message for a representative arrive.
    pub(crate) async fn message(&self, app: &TestApp<Messaging>) -> MessageComposed {
        self.message_with(
            app,
            "The library",
            "1 Mill Lane\nOX1 1AA\n\nPlease keep it – thanks.\n.\n",
        )
        .await
    }

    pub(crate) async fn message_with(
        &self,
        app: &TestApp<Messaging>,
        subject_line: &str,
        body: &str,
    ) -> MessageComposed {
        let address = "office@parliament.example";
        self.compose(app, address, subject_line, body).await
    }

    /// The same to an address that can be real.
    pub(crate) async fn message_to(&self, app: &TestApp<Messaging>, address: &str) {
        self.compose(app, address, "The library", "Please keep it.\n").await;
    }

    async fn compose(
        &self,
        app: &TestApp<Messaging>,
        address: &str,
        subject_line: &str,
        body: &str,
    ) -> MessageComposed {
        let id = Ids.next();
        let seal = |field, text: &str| self.seal(MessageComposed::TYPE, field, id, text);
        let event = MessageComposed {
            message_id: Ids.next(),
            action_id: Ids.next(),
            campaign_id: Ids.next(),
            subject_id: self.subject_id,
            target_id: Ids.next(),
            target_name: "A. Member MP".to_owned(),
            target_email: address.to_owned(),
            language: Some("cy".to_owned()),
            from_name: seal("from_name", &self.name),
            reply_to: seal("reply_to", "zoe@people.example"),
            subject_line: seal("subject_line", subject_line),
            body: seal("body", body),
        };
        app.deliver_with_id(id, self.tenant_id, &event).await.unwrap();
        event
    }

    /// Has a new action arrive, to be confirmed, in a campaign of its own.
    pub(crate) async fn action(&self, app: &TestApp<Messaging>) -> ActionSubmitted {
        self.action_in(app, Ids.next()).await
    }

    /// The same in this campaign.
    pub(crate) async fn action_in(
        &self,
        app: &TestApp<Messaging>,
        campaign_id: Uuid,
    ) -> ActionSubmitted {
        let id = Ids.next();
        let seal = |field, text: &str| self.seal(ActionSubmitted::TYPE, field, id, text);
        let event = ActionSubmitted {
            action_id: Ids.next(),
            campaign_id,
            subject_id: self.subject_id,
            language: "cy".to_owned(),
            campaign_title: "Keep the library".to_owned(),
            organisation: "Friends of Mill Lane".to_owned(),
            email: seal("email", "zoe@people.example"),
            name: seal("name", &self.name),
            link: seal("link", "https://folkmoot.test/confirm/abc123"),
            address_tag: String::new(),
            taken_at: app.clock.now(),
            expires_at: app.clock.now() + Duration::days(7),
        };
        app.deliver_with_id(id, self.tenant_id, &event).await.unwrap();
        event
    }

    pub(crate) fn reader(&self, app: &TestApp<Messaging>) -> Caller {
        app.caller_for_tenant(self.tenant_id, &[scopes::DELIVERIES_READ])
    }

    /// (state, code) of every email of the tenant, oldest first.
    pub(crate) async fn states(&self, app: &TestApp<Messaging>) -> Vec<(String, String)> {
        let answer = self.reader(app).get("/v1/deliveries").await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let all = answer.json()["data"].as_array().unwrap().clone();
        all.iter().map(|row| (text(&row["state"]), text(&row["code"]))).collect()
    }
}

/// A pair as `states` gives it.
pub(crate) fn state(state: &str, code: &str) -> (String, String) {
    (state.to_owned(), code.to_owned())
}

/// Payloads of one event type in the outbox.
pub(crate) async fn facts(app: &TestApp<Messaging>, kind: &str) -> Vec<Value> {
    let rows = app.outbox().await.into_iter().filter(|row| row.kind == kind);
    rows.map(|row| serde_json::from_str(&row.payload).unwrap()).collect()
}
