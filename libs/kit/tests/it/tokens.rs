//! Which tokens are accepted, and which are not.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as B64URL};
use chrono::TimeDelta;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use kit::{
    auth::{
        claims::{self, Claims},
        workload,
    },
    id::Ids,
};
use serde_json::{Value, json};
use testkit::{app::TestApp, caller::Response, fakes::new_key};

use crate::notes::{Notes, READ, WRITE};

fn claims(app: &TestApp<Notes>) -> Claims {
    let now = app.clock.now().timestamp();
    Claims {
        iss: claims::GATEWAY.to_owned(),
        sub: Ids.next().to_string(),
        aud: "notes".to_owned(),
        exp: now + 60,
        iat: now,
        jti: Ids.next(),
        client_id: claims::SESSIONS.to_owned(),
        tenant: Some(Ids.next()),
        scope: READ.to_owned(),
        actor_kind: "user".to_owned(),
        test: false,
    }
}

async fn get(app: &TestApp<Notes>, token: String, path: &str) -> Response {
    app.caller_with_token(Ids.next(), Some(token)).get(path).await
}

async fn list(app: &TestApp<Notes>, token: String) -> u16 {
    get(app, token, "/v1/notes").await.status
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn missing_expired_and_foreign_tokens_are_rejected() {
    let app = TestApp::<Notes>::start(&[]).await;
    let caller = app.caller(&[READ]);
    let refused = caller.anonymous().get("/v1/notes").await;
    assert_eq!((refused.status, refused.header("www-authenticate")), (401, "Bearer"));
    assert_eq!(refused.header("content-type"), "application/problem+json");
    assert_eq!(caller.get("/v1/notes").await.status, 200);
    app.clock.advance(TimeDelta::seconds(61));
    assert_eq!(caller.get("/v1/notes").await.status, 401, "although it was verified before");

    let tenant_id = Ids.next();
    let other = app.fakes.token(&app.clock, "campaigns", tenant_id, READ);
    assert_eq!(list(&app, other).await, 401);
    let forbidden = app.caller(&[WRITE]).get("/v1/notes").await;
    assert_eq!(forbidden.status, 403);
    assert_eq!(forbidden.json()["detail"], "required scope: notes:read");
    let near = app.caller(&["notes:readers", "xnotes:read"]).get("/v1/notes").await;
    assert_eq!(near.status, 403, "a scope is a whole word");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_without_our_signature_are_rejected() {
    let app = TestApp::<Notes>::start(&[]).await;
    let caller = app.caller(&[READ]);
    assert_eq!(caller.get("/v1/notes").await.status, 200, "the key is cached now");
    let body = B64URL.encode(serde_json::to_vec(&claims(&app)).unwrap());
    for alg in ["none", "None", "nOnE", "EdDSA", "HS256"] {
        let head = json!({ "alg": alg, "typ": "at+jwt", "kid": "test" }).to_string();
        for signature in ["", "AAAA"] {
            let token = format!("{}.{body}.{signature}", B64URL.encode(&head));
            assert_eq!(list(&app, token).await, 401, "{alg}");
        }
    }
    // An HMAC with the public key, which anybody may know, as its secret.
    let http = kit::client::plain::build(std::time::Duration::from_secs(5)).unwrap();
    let url = format!("{}/internal/v1/jwks.json", app.fakes.url);
    let jwks: serde_json::Value = http.get(url).send().await.unwrap().json().await.unwrap();
    let public = jwks["keys"][0]["x"].as_str().unwrap();
    let mut head = Header::new(Algorithm::HS256);
    head.kid = Some("test".to_owned());
    for secret in [public.as_bytes().to_vec(), B64URL.decode(public).unwrap()] {
        let key = EncodingKey::from_secret(&secret);
        let token = jsonwebtoken::encode(&head, &claims(&app), &key).unwrap();
        assert_eq!(list(&app, token).await, 401);
    }
    let strange = EncodingKey::from_ed_der(&new_key());
    for kid in ["test", "strange", "", "workload:campaigns"] {
        let token = claims::sign(&claims(&app), kid, &strange).unwrap();
        assert_eq!(list(&app, token).await, 401, "{kid}");
    }
    for junk in ["", ".", "..", "a.b.c", "ada@lovelace.example"] {
        assert_eq!(list(&app, junk.to_owned()).await, 401, "{junk}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_of_another_type_or_without_the_claims_of_rfc_9068_are_rejected() {
    let (key, kid) = (new_key(), workload::workload_kid("gateway"));
    let jwks = json!({ "keys": [claims::public_jwk(&key, &kid).unwrap()] }).to_string();
    let app = TestApp::<Notes>::start(&[("FOLKMOOT_WORKLOAD_JWKS", &jwks)]).await;
    let (sub, actor_kind) = ("gateway".to_owned(), "service".to_owned());
    let claims = Claims { sub, actor_kind, tenant: None, ..claims(&app) };
    let claims = serde_json::to_value(&claims).unwrap();
    let status = async |typ: Option<&str>, claims: &Value| {
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = typ.map(ToOwned::to_owned);
        header.kid = Some(kid.clone());
        let token = jsonwebtoken::encode(&header, claims, &EncodingKey::from_ed_der(&key));
        get(&app, token.unwrap(), "/internal/v1/hello").await.status
    };
    for typ in ["at+jwt", "AT+JWT", "application/at+jwt"] {
        assert_eq!(status(Some(typ), &claims).await, 200, "{typ}");
    }
    for typ in [None, Some("JWT"), Some("application/jwt"), Some("logout+jwt")] {
        assert_eq!(status(typ, &claims).await, 401, "{typ:?}");
    }
    for name in ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"] {
        let mut incomplete = claims.clone();
        assert!(incomplete.as_object_mut().unwrap().remove(name).is_some(), "{name}");
        assert_eq!(status(Some("at+jwt"), &incomplete).await, 401, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_set_that_cannot_be_fetched_is_a_503_and_not_a_401() {
    let app = TestApp::<Notes>::start(&[("FOLKMOOT_GATEWAY_URL", "http://127.0.0.1:1")]).await;
    let answer = app.caller(&[READ]).get("/v1/notes").await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, "5"), "{answer:?}");
    assert_eq!(answer.json()["code"], "unavailable");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn internal_routes_accept_only_the_credentials_of_the_named_services() {
    let (own, other) = (new_key(), new_key());
    let jwks = json!({ "keys": [
        claims::public_jwk(&own, &workload::workload_kid("gateway")).unwrap(),
        claims::public_jwk(&other, &workload::workload_kid("campaigns")).unwrap(),
    ]});
    let app = TestApp::<Notes>::start(&[("FOLKMOOT_WORKLOAD_JWKS", &jwks.to_string())]).await;
    let workload = |service: &str, key: &[u8]| {
        let claims = Claims {
            iss: service.to_owned(),
            sub: service.to_owned(),
            tenant: None,
            scope: READ.to_owned(),
            actor_kind: "service".to_owned(),
            ..claims(&app)
        };
        let sign = |claims: &Claims| {
            claims::sign(claims, &workload::workload_kid(service), &EncodingKey::from_ed_der(key))
        };
        let with_tenant = Claims { tenant: Some(Ids.next()), ..claims.clone() };
        let as_gateway = Claims { iss: "gateway-2".to_owned(), ..claims.clone() };
        [sign(&claims), sign(&with_tenant), sign(&as_gateway)].map(Result::unwrap)
    };
    let [good, with_tenant, other_issuer] = workload("gateway", &own);
    let hello = "/internal/v1/hello";
    let answer = get(&app, good.clone(), hello).await;
    assert_eq!((answer.status, &answer.json()["caller"]), (200, &json!("gateway")));
    assert_eq!(get(&app, with_tenant, hello).await.status, 401);
    assert_eq!(get(&app, other_issuer, hello).await.status, 401);
    assert_eq!(list(&app, good).await, 401, "a workload token has no tenant");
    let [strange, ..] = workload("campaigns", &other);
    assert_eq!(get(&app, strange, hello).await.status, 403);
    let user = app.caller(&[READ]);
    assert_eq!(user.get(hello).await.status, 403, "a gateway token is not for internal routes");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_a_workload_key_is_replaced_both_keys_of_the_service_are_accepted() {
    let (old, new, kid) = (new_key(), new_key(), workload::workload_kid("gateway"));
    let public = [&old, &new].map(|key| claims::public_jwk(key, &kid).unwrap());
    let jwks = json!({ "keys": public });
    let app = TestApp::<Notes>::start(&[("FOLKMOOT_WORKLOAD_JWKS", &jwks.to_string())]).await;
    let (sub, actor_kind) = ("gateway".to_owned(), "service".to_owned());
    let claims = Claims { sub, actor_kind, tenant: None, ..claims(&app) };
    for (key, status) in [(old, 200), (new, 200), (new_key(), 401)] {
        let token = claims::sign(&claims, &kid, &EncodingKey::from_ed_der(&key)).unwrap();
        assert_eq!(get(&app, token, "/internal/v1/hello").await.status, status);
    }
}
