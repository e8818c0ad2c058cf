//! A booted identity with one organisation, and the gateway as a caller.

use base64::{Engine as _, engine::general_purpose::STANDARD as B64};
use identity::{
    Identity,
    workflow::{CreatedTenant, create_tenant},
};
use kit::{
    auth::{
        claims::public_jwk,
        workload::{Workload, workload_kid},
    },
    secret::Secret,
};
use serde_json::{Value, json};
use testkit::{app::TestApp, caller::Caller, caller::Response, fakes::new_key};
use uuid::Uuid;

pub(crate) const EMAIL: &str = "Ada.Quillfeather@rivers.example";
pub(crate) const NAME: &str = "Ada Quillfeather";
pub(crate) const PASSWORD: &str = "three otters swim upstream";
pub(crate) const IP: &str = "203.0.113.77";

pub(crate) const EVERYTHING: &[&str] = &[
    "tenant:read",
    "tenant:write",
    "users:read",
    "users:write",
    "keys:read",
    "keys:write",
    "audit:read",
    "campaigns:read",
    "campaigns:write",
    "campaigns:public",
    "actions:create",
    "actions:read",
    "actions:export",
    "representatives:read",
    "representatives:write",
    "geo:read",
    "deliveries:read",
    "deliveries:write",
    "rights:read",
    "rights:write",
    "webhooks:read",
    "webhooks:write",
];

pub(crate) struct Suite {
    pub(crate) app: TestApp<Identity>,
    pub(crate) rivers: CreatedTenant,
    gateway: Vec<u8>,
}

pub(crate) async fn suite() -> Suite {
    let gateway = new_key();
    let jwk = public_jwk(&gateway, &workload_kid("gateway")).unwrap();
    let jwks = json!({ "keys": [jwk] }).to_string();
    let app = TestApp::<Identity>::start(&[("FOLKMOOT_WORKLOAD_JWKS", &jwks)]).await;
    let rivers = create_tenant(app.app(), "rivers", "Clean Rivers", EMAIL, NAME, PASSWORD);
    let rivers = rivers.await.unwrap();
    Suite { app, rivers, gateway }
}

impl Suite {
    /// The gateway with its own credential.
    pub(crate) fn gateway(&self) -> Caller {
        let key = Secret::new(B64.encode(&self.gateway));
        let workload = Workload::new("gateway", &key, self.app.clock.clone()).unwrap();
        self.app.caller_with_token(Uuid::nil(), Some(workload.token("identity").unwrap()))
    }

    /// The owner, as the gateway would let them in.
    pub(crate) fn owner(&self) -> Caller {
        self.user(self.rivers.tenant_id, self.rivers.user_id, EVERYTHING)
    }

    pub(crate) fn user(&self, tenant_id: Uuid, user_id: Uuid, scopes: &[&str]) -> Caller {
        let (clock, scope) = (&self.app.clock, scopes.join(" "));
        let token = self.app.fakes.token_for(clock, "identity", tenant_id, &scope, "user", user_id);
        self.app.caller_with_token(tenant_id, Some(token))
    }

    pub(crate) async fn sign_in(&self, email: &str, password: &str) -> Response {
        let body = json!({ "email": email, "password": password, "ip": IP });
        self.gateway().post("/internal/v1/sessions", &body).await
    }

    pub(crate) async fn refresh(&self, token: &Value) -> Response {
        let body = json!({ "refresh_token": token, "ip": IP });
        self.gateway().post("/internal/v1/sessions/refresh", &body).await
    }

    pub(crate) async fn add(&self, email: &str, role: &str) -> Response {
        let body =
            json!({ "email": email, "name": "Bo Marsh", "password": PASSWORD, "role": role });
        self.owner().post("/v1/users", &body).await
    }
}
