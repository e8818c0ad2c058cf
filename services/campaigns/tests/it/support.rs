//! A booted service with a postcodes server, an organisation with a live campaign, and supporters who act.

use std::time::Duration;

use ::campaigns::Campaigns;
use base64::{Engine as _, engine::general_purpose::STANDARD as B64};
use chrono::TimeDelta;
use contracts::scopes;
use contracts::{
    Event, Sealed,
    campaigns::{ActionConfirmed, ActionSubmitted, MessageComposed},
    identity::TenantCreated,
    keyring::{Compartment, KeyAnswer, KeyRef, OpenRequest, Purpose},
    messaging::{DeliveryRecorded, DeliveryState, EmailKind},
};
use kit::{id::Ids, keyring::sealed::DataKey};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use testkit::{
    app::TestApp,
    caller::{Caller, Response},
    db::OutboxRow,
    sql,
};
use uuid::Uuid;

use crate::postcodes_server::Postcodes;

pub(crate) const OXFORD: &str = "E14001421";
pub(crate) const SCOPES: &[&str] = &[
    scopes::CAMPAIGNS_READ,
    scopes::CAMPAIGNS_WRITE,
    scopes::CAMPAIGNS_PUBLIC,
    scopes::ACTIONS_CREATE,
    scopes::ACTIONS_READ,
    scopes::ACTIONS_EXPORT,
    scopes::REPRESENTATIVES_READ,
    scopes::REPRESENTATIVES_WRITE,
    "confirmations:link",
];

/// The world around one test.
pub(crate) struct World {
    pub(crate) app: TestApp<Campaigns>,
    pub(crate) postcodes: Postcodes,
    /// The organisation, with every scope of this service.
    pub(crate) owner: Caller,
}

/// An event as it waits in the outbox.
pub(crate) struct Pushed<E> {
    pub(crate) id: Uuid,
    pub(crate) event: E,
}

impl World {
    /// Supporters confirm as soon as they have looked.
    pub(crate) async fn new() -> Self {
        Self::with_pause("0").await
    }

    /// Supporters must look for so many milliseconds before they confirm.
    pub(crate) async fn with_pause(pause_ms: &str) -> Self {
        let postcodes = Postcodes::start();
        let settings = [
            ("FOLKMOOT_POSTCODES_URL", postcodes.url.as_str()),
            ("FOLKMOOT_PUBLIC_URL", "https://gateway.example"),
            ("FOLKMOOT_CONFIRM_PAUSE_MS", pause_ms),
        ];
        let app = TestApp::start(&settings).await;
        let owner = app.caller(SCOPES);
        let tenant_id = owner.tenant_id;
        let event = TenantCreated { tenant_id, slug: "trees".into(), name: "Trees Now".into() };
        app.deliver(tenant_id, &event).await.unwrap();
        Self { app, postcodes, owner }
    }

    /// A live campaign of the owner.
    pub(crate) async fn live(&self, campaign: &Value) -> Uuid {
        let id = self.draft(campaign).await;
        let answer = self.owner.post(&format!("/v1/campaigns/{id}/publish"), &json!({})).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        id
    }

    pub(crate) async fn draft(&self, campaign: &Value) -> Uuid {
        let answer = self.owner.post("/v1/campaigns", campaign).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.json()["id"].as_str().unwrap().parse().unwrap()
    }

    pub(crate) async fn act(&self, campaign: Uuid, body: &Value) -> Response {
        self.owner.post(&format!("/v1/campaigns/{campaign}/actions"), body).await
    }

    /// An accepted action: its event and its link.
    pub(crate) async fn acted(&self, campaign: Uuid, body: &Value) -> (ActionSubmitted, String) {
        let answer = self.act(campaign, body).await;
        assert_eq!(answer.status, 202, "{}", answer.text);
        let Pushed { id, event } = self.pushed::<ActionSubmitted>().await.pop().unwrap();
        let key = self.key(self.owner.tenant_id, event.subject_id, Compartment::Message).await;
        let url = opened(&key, "link", id, ActionSubmitted::TYPE, &event.link);
        let link = url.strip_prefix("https://gateway.example/confirm/").unwrap().to_owned();
        (event, link)
    }

    pub(crate) async fn look(&self, link: &str) -> Response {
        self.owner.get(&format!("/v1/confirmations/{link}")).await
    }

    /// Confirms what this page showed.
    pub(crate) async fn press(&self, link: &str, shown: &Response) -> Response {
        let body = json!({ "token": shown.json()["token"] });
        self.owner.post(&format!("/v1/confirmations/{link}"), &body).await
    }

    pub(crate) async fn confirm(&self, link: &str) -> Response {
        let shown = self.look(link).await;
        self.press(link, &shown).await
    }

    /// What messaging says became of a message.
    pub(crate) fn recorded(
        &self,
        message: &MessageComposed,
        state: DeliveryState,
    ) -> DeliveryRecorded {
        DeliveryRecorded {
            message_id: message.message_id,
            action_id: message.action_id,
            campaign_id: message.campaign_id,
            subject_id: Some(message.subject_id),
            kind: EmailKind::Representative,
            state,
            code: None,
            at: self.app.clock.now(),
        }
    }

    /// Moves the clock, and signs the owner in again.
    pub(crate) fn advance(&mut self, by: TimeDelta) {
        self.app.clock.advance(by);
        self.owner = self.app.caller_for_tenant(self.owner.tenant_id, SCOPES);
    }

    /// An action confirmed, with its event folded as Kafka would bring it back.
    pub(crate) async fn confirmed(&self, campaign: Uuid, body: &Value) -> ActionConfirmed {
        let (submitted, link) = self.acted(campaign, body).await;
        let answer = self.confirm(&link).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let confirmed = self.pushed::<ActionConfirmed>().await;
        let found = confirmed.into_iter().find(|c| c.event.action_id == submitted.action_id);
        let Pushed { id, event } = found.unwrap();
        self.app.deliver_with_id(id, self.owner.tenant_id, &event).await.unwrap();
        event
    }

    pub(crate) async fn import(&self, csv: &str) -> Response {
        let request = self.owner.request(reqwest::Method::POST, "/v1/representatives/import");
        let request = request.header("content-type", "text/csv").body(csv.to_owned());
        self.owner.send(request).await
    }

    /// The events of one type in the outbox, in order.
    pub(crate) async fn pushed<E: Event>(&self) -> Vec<Pushed<E>> {
        let rows = self.app.outbox().await.into_iter().filter(|row| row.kind == E::TYPE);
        rows.map(|row: OutboxRow| Pushed { id: row.id, event: parse(&row.payload) }).collect()
    }

    /// The one message composed for a representative, opened: sender, reply address, subject, body.
    pub(crate) async fn message(&self) -> (MessageComposed, [String; 4]) {
        let mut all = self.pushed::<MessageComposed>().await;
        assert_eq!(all.len(), 1);
        let Pushed { id, event } = all.pop().unwrap();
        let key = self.key(self.owner.tenant_id, event.subject_id, Compartment::Message).await;
        let open = |field, sealed| opened(&key, field, id, MessageComposed::TYPE, sealed);
        let opened = [
            open("from_name", &event.from_name),
            open("reply_to", &event.reply_to),
            open("subject_line", &event.subject_line),
            open("body", &event.body),
        ];
        (event, opened)
    }

    /// A key straight from the keyring's server.
    pub(crate) async fn key(&self, tenant_id: Uuid, subject_id: Uuid, of: Compartment) -> DataKey {
        match self.key_answer(KeyRef { tenant_id, subject_id, compartment: of }).await {
            KeyAnswer::Active { key } => DataKey::new(B64.decode(key).unwrap().try_into().unwrap()),
            answer => panic!("{answer:?}"),
        }
    }

    /// Whether the keyring has destroyed the keys of one of the owner's supporters.
    pub(crate) async fn is_destroyed(&self, subject_id: Uuid) -> bool {
        let tenant_id = self.owner.tenant_id;
        let key = KeyRef { tenant_id, subject_id, compartment: Compartment::Action };
        matches!(self.key_answer(key).await, KeyAnswer::Destroyed)
    }

    async fn key_answer(&self, key: KeyRef) -> KeyAnswer {
        let request = OpenRequest { purpose: Purpose::SubjectAccess, keys: vec![key] };
        let http = kit::client::plain::build(Duration::from_secs(5)).unwrap();
        let url = format!("{}/internal/v1/keys/open", self.app.fakes.url);
        let answer = http.post(url).json(&request).send().await.unwrap();
        answer.json::<Vec<KeyAnswer>>().await.unwrap().pop().unwrap()
    }

    /// Destroys a person's keys, as retention would before it says so.
    pub(crate) async fn destroy(&self, subject_id: Uuid) {
        let request = json!({ "tenant_id": self.owner.tenant_id, "subject_id": subject_id });
        let http = kit::client::plain::build(Duration::from_secs(5)).unwrap();
        let url = format!("{}/internal/v1/subjects/destroy", self.app.fakes.url);
        assert!(http.post(url).json(&request).send().await.unwrap().status().is_success());
    }

    pub(crate) async fn count(&self, query: &str) -> i64 {
        sql::count(&mut self.app.sql().await, query).await
    }

    /// Every row and event: what a refused request must not change.
    pub(crate) async fn footprint(&self) -> Vec<String> {
        let rows = TABLES.map(|table| format!("SELECT '{table} ' || {table}::text FROM {table}"));
        let query = format!("{} ORDER BY 1", rows.join(" UNION ALL "));
        sql::texts(&mut self.app.sql().await, &query).await
    }
}

/// The tables of this service that requests write to.
const TABLES: [&str; 8] = [
    "campaigns",
    "representatives",
    "actions",
    "action_consents",
    "counters",
    "disclosures",
    "eligibility_areas",
    "outbox",
];

fn parse<T: DeserializeOwned>(text: &str) -> T {
    serde_json::from_str(text).unwrap()
}

pub(crate) fn opened(
    key: &DataKey,
    field: &str,
    id: Uuid,
    kind: &str,
    sealed: &Sealed<String>,
) -> String {
    key.open(kit::keyring::sealed::SealContext::Event { kind, field, id }, sealed).unwrap()
}

/// The pointers and codes of a 422.
pub(crate) fn invalid_fields(answer: &Response) -> Vec<(String, String)> {
    assert_eq!(answer.status, 422, "{}", answer.text);
    let body = answer.json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let errors = body["errors"].as_array().unwrap();
    errors.iter().map(|error| (text(&error["pointer"]), text(&error["code"]))).collect()
}

pub(crate) fn code(answer: &Response) -> (u16, String) {
    (answer.status, answer.json()["code"].as_str().unwrap_or_default().to_owned())
}

pub(crate) fn petition() -> Value {
    json!({
        "kind": "petition",
        "title": "Plant more trees",
        "body": "Streets need shade.",
        "language": "en",
        "controller_policy_url": "https://trees.example/privacy",
        "consents": [
            { "id": "terms", "purpose": "act", "wording": "I agree.", "required": true },
            { "id": "news", "purpose": "newsletter", "wording": "Send me news." },
        ],
    })
}

pub(crate) fn letter() -> Value {
    let mut campaign = petition();
    campaign["kind"] = json!("message_to_representative");
    campaign["message"] = json!({
        "subject": "Trees in {{ constituency }}",
        "body": "{{ salutation }},\n\n{{ own_words }}\n\nYours, {{ supporter_name }}",
    });
    campaign
}

pub(crate) fn ada() -> Value {
    supporter("Ada Lovelace", "ada@supporter.example")
}

pub(crate) fn supporter(name: &str, email: &str) -> Value {
    json!({
        "name": name,
        "email": email,
        "postcode": "ox1 1aa",
        "address": "1 High Street\nOxford",
        "own_words": "I like oaks.",
        "consents": [{ "id": "terms", "given": true }, { "id": "news", "given": false }],
    })
}

pub(crate) const REPRESENTATIVES: &str = "gss_code,name,party,office_email,office_address,salutation\n\
    E14001421,Sam Example,Green,sam@office.example.invalid,\"House, London\",Dear Sam Example\n";

/// A new id.
pub(crate) fn id() -> Uuid {
    Ids.next()
}
