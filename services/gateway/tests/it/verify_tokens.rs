//! Access tokens, verified by other people's libraries with the programs of docs/verify-tokens as they are printed there.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::Duration;
use contracts::scopes;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use kit::{auth::claims, clock::Clock, id::Ids};
use serde_json::{Value, json};
use testkit::fakes::new_key;

use crate::support::{Suite, suite};

/// A folder of this test's, gone afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let name = format!("verify-tokens-{}", Ids.next().simple());
        let dir = Path::new(&testkit::setting("FOLKMOOT_TEST_DIR")).join(name);
        fs::create_dir_all(&dir).unwrap();
        Self(dir)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn documented(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/verify-tokens").join(name)
}

/// Each program as a reader would run it.
fn programs(folder: &Path) -> [(&'static str, Command); 4] {
    let mut python = Command::new(testkit::setting("FOLKMOOT_TEST_PYTHON"));
    python.arg(documented("verify_token.py"));
    // Node looks for packages beside the file.
    let script = folder.join("verify-token.mjs");
    if !script.exists() {
        fs::copy(documented("verify-token.mjs"), &script).unwrap();
        let modules = testkit::setting("FOLKMOOT_TEST_NODE");
        std::os::unix::fs::symlink(modules, folder.join("node_modules")).unwrap();
    }
    let mut node = Command::new("node");
    node.arg(script);
    let mut java = Command::new("java");
    java.arg("-cp").arg(format!("{}/*", testkit::setting("FOLKMOOT_TEST_VERIFIER_JARS")));
    java.arg(documented("java/VerifyToken.java"));
    let program = Command::new(testkit::setting("FOLKMOOT_TEST_VERIFIER_GO"));
    [("Python", python), ("Node", node), ("Java", java), ("Go", program)]
}

/// What a program prints about each token.
fn verify(program: &mut Command, jwks_url: &str, tokens: &[String]) -> Vec<String> {
    let mut child =
        program.arg(jwks_url).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = tokens.join("\n");
    input.push('\n');
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{program:?}");
    String::from_utf8(output.stdout).unwrap().lines().map(ToOwned::to_owned).collect()
}

async fn sign_in(suite: &Suite) -> (Value, String) {
    let grant = json!({
        "principal": {
            "tenant_id": Ids.next(), "actor_id": Ids.next(), "actor_kind": "user",
            "scopes": [scopes::USERS_READ, scopes::KEYS_READ], "origins": [], "publishable": false, "test": false,
        },
        "session_id": Ids.next(),
        "refresh_token": "next",
    });
    suite.services.answer("/internal/v1/sessions", 200, &grant);
    suite.services.answer("/internal/v1/sessions/alive", 200, &grant["principal"]);
    let body = json!({ "email": "a@example.org", "password": "correct horse battery" });
    let session = suite.nobody().post("/v1/sessions", &body).await;
    assert_eq!(session.status, 200, "{}", session.text);
    (grant, session.json()["access_token"].as_str().unwrap().to_owned())
}

fn payload(token: &str) -> Value {
    let part = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_documented_programs_verify_an_access_token_and_refuse_an_internal_one() {
    let suite = suite().await;
    let (grant, token) = sign_in(&suite).await;
    let caller = suite.app.caller_with_token(Ids.next(), Some(token.clone()));
    assert_eq!(caller.get("/v1/users").await.status, 200);
    let internal = suite.services.seen()[0].headers["authorization"].replace("Bearer ", "");

    let (folder, jwks) = (Folder::new(), format!("{}/.well-known/jwks.json", suite.url()));
    let tokens = [token.clone(), internal];
    for (language, mut program) in programs(&folder.0) {
        let printed = verify(&mut program, &jwks, &tokens);
        let [claims, refused] = printed.as_slice() else { panic!("{language}: {printed:?}") };
        let claims: Value =
            serde_json::from_str(claims).unwrap_or_else(|_| panic!("{language}: {claims}"));
        assert_eq!(claims["sub"], grant["principal"]["actor_id"], "{language}");
        assert_eq!(claims["tenant"], grant["principal"]["tenant_id"], "{language}");
        assert_eq!(claims["scope"], "users:read keys:read", "{language}");
        assert_eq!(claims["client_id"], "folkmoot-sessions", "{language}");
        assert_eq!(claims["jti"], payload(&token)["jti"], "{language}");
        assert!(refused.starts_with("refused: "), "{language}: {refused}");
    }
}

/// Tokens that must be refused, by what is wrong with them; signed with `key`, which is published as `test`.
fn bad_tokens(key: &[u8], public: &str) -> Vec<(&'static str, String)> {
    let signing = EncodingKey::from_ed_der(key);
    let sign = |header: Header, claims: &Value, key: &EncodingKey| {
        jsonwebtoken::encode(&header, claims, key).unwrap()
    };
    let valid = good_claims();
    let with = |name: &str, value: Value| {
        let mut claims = valid.clone();
        claims[name] = value;
        sign(header(Algorithm::EdDSA, Some("at+jwt")), &claims, &signing)
    };
    let mut bad = vec![
        ("expired", with("exp", json!(now() - 3600))),
        ("another issuer", with("iss", json!("https://elsewhere.example"))),
        ("another audience", with("aud", json!("campaigns"))),
        ("an ID token", sign(header(Algorithm::EdDSA, Some("JWT")), &valid, &signing)),
        ("no type", sign(header(Algorithm::EdDSA, None), &valid, &signing)),
        (
            "a stranger's key",
            sign(
                header(Algorithm::EdDSA, Some("at+jwt")),
                &valid,
                &EncodingKey::from_ed_der(&new_key()),
            ),
        ),
        (
            "HMAC keyed with the public key",
            sign(
                header(Algorithm::HS256, Some("at+jwt")),
                &valid,
                &EncodingKey::from_secret(&URL_SAFE_NO_PAD.decode(public).unwrap()),
            ),
        ),
    ];
    for name in ["sub", "exp", "iat", "jti", "client_id"] {
        let mut claims = valid.clone();
        claims.as_object_mut().unwrap().remove(name);
        bad.push((name, sign(header(Algorithm::EdDSA, Some("at+jwt")), &claims, &signing)));
    }
    let unsigned = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"at+jwt","kid":"test"}"#);
    bad.push((
        "no signature",
        format!("{unsigned}.{}.", URL_SAFE_NO_PAD.encode(valid.to_string())),
    ));
    bad.push(("no token", "nonsense".to_owned()));
    bad
}

fn now() -> i64 {
    Clock::default().now().timestamp()
}

fn good_claims() -> Value {
    json!({
        "iss": "gateway", "aud": "gateway", "sub": Ids.next(), "exp": now() + 300, "iat": now(),
        "jti": Ids.next(), "client_id": claims::SESSIONS, "tenant": Ids.next(), "scope": scopes::USERS_READ,
    })
}

fn header(algorithm: Algorithm, typ: Option<&str>) -> Header {
    let mut header = Header::new(algorithm);
    header.typ = typ.map(ToOwned::to_owned);
    header.kid = Some("test".to_owned());
    header
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_documented_programs_refuse_what_rfc_9068_forbids() {
    let suite = suite().await;
    let key = new_key();
    let jwk = serde_json::to_value(claims::public_jwk(&key, "test").unwrap()).unwrap();
    suite.services.answer("/keys.json", 200, &json!({ "keys": [jwk] }));
    let jwks = format!("{}/keys.json", suite.services_url);
    let valid = header(Algorithm::EdDSA, Some("at+jwt"));
    let valid = jsonwebtoken::encode(&valid, &good_claims(), &EncodingKey::from_ed_der(&key));
    let bad = bad_tokens(&key, jwk["x"].as_str().unwrap());
    let mut tokens = vec![valid.unwrap()];
    tokens.extend(bad.iter().map(|(_, token)| token.clone()));

    let folder = Folder::new();
    for (language, mut program) in programs(&folder.0) {
        let printed = verify(&mut program, &jwks, &tokens);
        assert_eq!(printed.len(), tokens.len(), "{language}: {printed:#?}");
        assert!(printed[0].starts_with('{'), "{language}: {}", printed[0]);
        for ((what, _), line) in bad.iter().zip(&printed[1..]) {
            assert!(line.starts_with("refused: "), "{language}, {what}: {line}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_token_has_an_id_of_its_own_and_names_its_client() {
    let suite = suite().await;
    let (_, first) = sign_in(&suite).await;
    let (_, second) = sign_in(&suite).await;
    assert_ne!(payload(&first)["jti"], payload(&second)["jti"]);
    let key = suite.key("sk", &[scopes::USERS_READ]);
    assert_eq!(key.get("/v1/users").await.status, 200);
    suite.app.clock.advance(Duration::seconds(60));
    assert_eq!(key.get("/v1/users").await.status, 200);
    let seen = suite.services.seen();
    let tokens: Vec<Value> =
        seen.iter().map(|seen| payload(&seen.headers["authorization"])).collect();
    let [first, second] = tokens.as_slice() else { panic!("{tokens:?}") };
    assert_eq!(first["client_id"], first["sub"], "a key is its own client");
    assert_eq!(first["sub"], second["sub"]);
    assert_ne!(first["jti"], second["jti"]);
}
