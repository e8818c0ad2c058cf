//! A keyring and the services that call it.

use base64::{Engine as _, engine::general_purpose::STANDARD as B64};
use keyring::Keyring;
use kit::{
    auth::{claims, workload},
    secret::Secret,
};
use serde_json::{Value, json};
use testkit::{app::TestApp, caller::Caller, fakes::new_key};
use uuid::Uuid;

pub(crate) const SERVICES: [&str; 5] =
    ["campaigns", "messaging", "retention", "identity", "gateway"];

pub(crate) struct Ring {
    pub(crate) app: TestApp<Keyring>,
    keys: Vec<(&'static str, Vec<u8>)>,
}

pub(crate) async fn ring() -> Ring {
    ring_with(&format!("1:{}", B64.encode([1; 32])), &[]).await
}

/// Another keyring on the database of a first one.
pub(crate) async fn ring_on(keks: &str, url: &str) -> Ring {
    ring_with(keks, &[("FOLKMOOT_KEYRING_DATABASE_URL", url)]).await
}

async fn ring_with(keks: &str, more: &[(&str, &str)]) -> Ring {
    let workloads: Vec<_> = SERVICES.iter().map(|service| (*service, new_key())).collect();
    let jwks: Vec<_> = workloads
        .iter()
        .map(|(s, key)| claims::public_jwk(key, &workload::workload_kid(s)).unwrap())
        .collect();
    let jwks = json!({ "keys": jwks }).to_string();
    let settings = [("FOLKMOOT_KEYRING_KEKS", keks), ("FOLKMOOT_WORKLOAD_JWKS", &jwks)];
    Ring { app: TestApp::start(&[&settings[..], more].concat()).await, keys: workloads }
}

impl Ring {
    pub(crate) fn service(&self, name: &'static str) -> Caller {
        let (_, key) = self.keys.iter().find(|(service, _)| *service == name).unwrap();
        let workload =
            workload::Workload::new(name, &Secret::new(B64.encode(key)), self.app.clock.clone())
                .unwrap();
        self.app.caller_with_token(Uuid::nil(), Some(workload.token("keyring").unwrap()))
    }

    pub(crate) async fn resolve(&self, tenant: Uuid, email: &str) -> Value {
        let item =
            json!({"tenant_id": tenant, "email": email, "compartments": ["action"], "mint": true});
        let body = json!({"purpose": "record", "items": [item]});
        let answer = self.service("campaigns").post("/internal/v1/subjects/resolve", &body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()[0].clone()
    }

    pub(crate) async fn open(&self, purpose: &str, tenant: Uuid, subject: &Value) -> Value {
        let key = json!({"tenant_id": tenant, "subject_id": subject, "compartment": "action"});
        let body = json!({"purpose": purpose, "keys": [key]});
        let answer = self.service("campaigns").post("/internal/v1/keys/open", &body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()[0].clone()
    }

    pub(crate) async fn destroy(&self, tenant: Uuid, subject: &Value) -> Value {
        let body = json!({"tenant_id": tenant, "subject_id": subject});
        let answer = self.service("retention").post("/internal/v1/subjects/destroy", &body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    }
}
