//! Signing in, staying, leaving; and what the sign-in log keeps.

use chrono::Duration;
use diesel::sql_query;
use diesel_async::RunQueryDsl as _;
use identity::workflow::create_tenant;
use serde_json::{Value, json};
use testkit::sql;

use crate::support::{EMAIL, IP, NAME, PASSWORD, Suite, suite};

async fn count(suite: &Suite, what: &str) -> i64 {
    sql::count(&mut suite.app.sql().await, &format!("SELECT count(*) FROM {what}")).await
}

async fn outcomes(suite: &Suite) -> Vec<(String, Value)> {
    let log = suite.owner().get("/v1/sign-ins").await.json();
    let rows = log["data"].as_array().unwrap().iter();
    rows.map(|row| (row["outcome"].as_str().unwrap().to_owned(), row["ip"].clone())).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_right_password_opens_a_session_with_the_roles_scopes() {
    let suite = suite().await;
    let answer = suite.sign_in("ada.quillfeather@rivers.EXAMPLE ", PASSWORD).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.header("cache-control"), "no-store");
    let grant = answer.json();
    assert_eq!(grant["principal"]["tenant_id"], json!(suite.rivers.tenant_id));
    assert_eq!(grant["principal"]["actor_id"], json!(suite.rivers.user_id));
    let scopes = grant["principal"]["scopes"].as_array().unwrap();
    assert!(
        scopes.contains(&json!("tenant:write")) && !scopes.contains(&json!("confirmations:link"))
    );
    assert_eq!(outcomes(&suite).await, [("signed_in".to_owned(), json!(IP))]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_spelling_of_an_address_is_the_same_user() {
    let suite = suite().await;
    for spelling in
        ["Ada.Quillfeather@ri\u{ad}vers.example", " ada.quillfeather@ｒｉｖｅｒｓ。example "]
    {
        let answer = suite.sign_in(spelling, PASSWORD).await;
        assert_eq!(answer.json()["principal"]["actor_id"], json!(suite.rivers.user_id));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_and_an_unknown_address_get_the_same_answer() {
    let suite = suite().await;
    let wrong = suite.sign_in(EMAIL, "four otters swim upstream").await;
    let unknown = suite.sign_in("nobody@rivers.example", PASSWORD).await;
    let nonsense = suite.sign_in("not an address", PASSWORD).await;
    assert_eq!((wrong.status, unknown.status, nonsense.status), (401, 401, 401));
    assert_eq!(wrong.text, unknown.text);
    assert_eq!(wrong.text, nonsense.text);
    assert_eq!(wrong.json()["code"], "bad_credentials");
    // The unknown ones leave a count and nothing else.
    assert_eq!(outcomes(&suite).await, [("wrong_password".to_owned(), json!(IP))]);
    assert_eq!(count(&suite, "sign_ins").await, 1);
    assert_eq!(count(&suite, "unknown_sign_ins WHERE attempts = 2").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_belongs_to_several_organisations_says_which() {
    let suite = suite().await;
    let other = create_tenant(suite.app.app(), "bees", "Save the Bees", EMAIL, NAME, PASSWORD);
    let other = other.await.unwrap();
    assert_eq!(other.user_id, suite.rivers.user_id);
    let asked = suite.sign_in(EMAIL, PASSWORD).await;
    assert_eq!(asked.status, 422);
    assert_eq!(asked.json()["errors"][0]["pointer"], "/tenant_slug");
    let mut body = json!({ "email": EMAIL, "password": PASSWORD, "ip": IP, "tenant_slug": "bees" });
    let named = suite.gateway().post("/internal/v1/sessions", &body).await;
    assert_eq!(named.json()["principal"]["tenant_id"], json!(other.tenant_id));
    body["tenant_slug"] = json!("trees");
    assert_eq!(suite.gateway().post("/internal/v1/sessions", &body).await.status, 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_token_works_once_and_its_reuse_ends_the_family() {
    let suite = suite().await;
    let first = suite.sign_in(EMAIL, PASSWORD).await.json();
    let second = suite.refresh(&first["refresh_token"]).await;
    assert_eq!(second.status, 200, "{}", second.text);
    let second = second.json();
    assert_eq!(second["session_id"], first["session_id"]);
    assert_ne!(second["refresh_token"], first["refresh_token"]);

    let reused = suite.refresh(&first["refresh_token"]).await;
    assert_eq!((reused.status, &reused.json()["code"]), (401, &json!("session_ended")));
    let successor = suite.refresh(&second["refresh_token"]).await;
    assert_eq!(successor.status, 401, "the thief and the owner are both out");
    assert_eq!(successor.text, suite.refresh(&json!("never issued")).await.text);
    assert_eq!(
        outcomes(&suite).await,
        [("token_reused".to_owned(), json!(IP)), ("signed_in".to_owned(), json!(IP))]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reuse_ends_the_family_even_while_the_keyring_is_unavailable() {
    let suite = suite().await;
    let first = suite.sign_in(EMAIL, PASSWORD).await.json();
    let second = suite.refresh(&first["refresh_token"]).await.json();
    suite.app.fakes.keyring.lock().unwrap().down = true;
    assert_eq!(suite.sign_in("somebody@else.example", PASSWORD).await.status, 503);
    assert_eq!(suite.refresh(&first["refresh_token"]).await.status, 401);
    assert_eq!(suite.refresh(&second["refresh_token"]).await.status, 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_refreshes_at_once_do_not_both_win() {
    let suite = suite().await;
    let token = suite.sign_in(EMAIL, PASSWORD).await.json()["refresh_token"].clone();
    let (one, two) = tokio::join!(suite.refresh(&token), suite.refresh(&token));
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 401]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_out_ends_the_session_and_says_nothing_about_strangers_tokens() {
    let suite = suite().await;
    let token = suite.sign_in(EMAIL, PASSWORD).await.json()["refresh_token"].clone();
    let out = json!({ "refresh_token": token });
    assert_eq!(suite.gateway().post("/internal/v1/sessions/revoke", &out).await.status, 204);
    assert_eq!(suite.refresh(&token).await.status, 401);
    let strange = json!({ "refresh_token": "strange" });
    assert_eq!(suite.gateway().post("/internal/v1/sessions/revoke", &strange).await.status, 204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_ends_after_thirty_days_however_often_it_was_refreshed() {
    let suite = suite().await;
    let first = suite.sign_in(EMAIL, PASSWORD).await.json();
    suite.app.clock.advance(Duration::days(29));
    let second = suite.refresh(&first["refresh_token"]).await;
    assert_eq!(second.status, 200);
    suite.app.clock.advance(Duration::days(2));
    assert_eq!(suite.refresh(&second.json()["refresh_token"]).await.status, 401);
    suite.app.run_job("identity.sessions.expire").await.unwrap();
    assert_eq!(count(&suite, "sessions").await + count(&suite, "refresh_tokens").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sign_in_log_keeps_attempts_for_ninety_days_and_no_longer() {
    let suite = suite().await;
    suite.sign_in(EMAIL, PASSWORD).await;
    suite.sign_in("nobody@rivers.example", PASSWORD).await;
    suite.app.clock.advance(Duration::days(89));
    suite.app.run_job("identity.sign_ins.expire").await.unwrap();
    assert_eq!(outcomes(&suite).await.len(), 1);
    suite.app.clock.advance(Duration::days(3));
    suite.app.run_job("identity.sign_ins.expire").await.unwrap();
    assert_eq!(outcomes(&suite).await.len(), 0);
    assert_eq!(count(&suite, "sign_ins").await + count(&suite, "unknown_sign_ins").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whether_a_session_lives_is_known_at_once() {
    let suite = suite().await;
    let alive = async |grant: &Value| {
        let body = json!({ "session_id": grant["session_id"] });
        suite.gateway().post("/internal/v1/sessions/alive", &body).await
    };
    let bo = suite.add("bo@rivers.example", "analyst").await.json()["id"].clone();
    let members = suite.sign_in("bo@rivers.example", PASSWORD).await.json();
    let answer = alive(&members).await;
    assert_eq!((answer.status, &answer.json()), (200, &members["principal"]), "{}", answer.text);
    let path = format!("/v1/users/{}", bo.as_str().unwrap());
    assert_eq!(suite.owner().delete(&path).await.status, 204);
    assert_eq!(alive(&members).await.status, 404, "no longer a member");

    let reused = suite.sign_in(EMAIL, PASSWORD).await.json();
    suite.refresh(&reused["refresh_token"]).await;
    assert_eq!(alive(&reused).await.status, 200);
    suite.refresh(&reused["refresh_token"]).await;
    assert_eq!(alive(&reused).await.status, 404, "its refresh token came back");

    let grant = suite.sign_in(EMAIL, PASSWORD).await.json();
    assert_eq!(alive(&grant).await.status, 200);
    sql_query("UPDATE tenants SET status = 'suspended'")
        .execute(&mut suite.app.sql().await)
        .await
        .unwrap();
    assert_eq!(alive(&grant).await.status, 404, "the organisation may not act");
    assert_eq!(alive(&json!({ "session_id": bo })).await.status, 404, "never one");
}
