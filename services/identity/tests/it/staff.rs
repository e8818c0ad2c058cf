//! Tenants, members, and the log of what they change.

use contracts::messaging::{Decision, DeliverySettled};
use diesel::{QueryableByName, sql_query, sql_types};
use diesel_async::{RunQueryDsl as _, SimpleAsyncConnection as _};
use identity::workflow::create_tenant;
use serde_json::json;
use uuid::Uuid;

use crate::support::{EMAIL, EVERYTHING, IP, NAME, PASSWORD, suite};

#[derive(QueryableByName)]
struct Member {
    #[diesel(sql_type = sql_types::Uuid)]
    tenant_id: Uuid,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn creating_a_tenant_twice_creates_it_once_and_announces_it_once() {
    let suite = suite().await;
    let again = create_tenant(suite.app.app(), "rivers", "Other name", EMAIL, NAME, PASSWORD);
    assert_eq!(again.await.unwrap(), suite.rivers);
    let outbox = suite.app.outbox().await;
    assert_eq!(outbox.len(), 1);
    assert_eq!(outbox[0].kind, "identity.tenant.created.v1");
    assert_eq!(outbox[0].tenant_id, suite.rivers.tenant_id);
    let tenant = suite.owner().get("/v1/tenant").await.json();
    assert_eq!((&tenant["slug"], &tenant["name"]), (&json!("rivers"), &json!("Clean Rivers")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operators_mistakes_are_reported_before_anything_is_created() {
    let suite = suite().await;
    let app = suite.app.app();
    for (slug, email, password) in [
        ("Bad Slug", "a@b.example", PASSWORD),
        ("bees", "no address", PASSWORD),
        ("bees", "a@b.example", "too short"),
    ] {
        assert!(create_tenant(app, slug, "Bees", email, "Cy Hive", password).await.is_err());
    }
    assert_eq!(suite.app.outbox().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_name_is_announced() {
    let suite = suite().await;
    let owner = suite.owner();
    let hidden = owner.patch("/v1/tenant", &json!({ "name": "Rivers\u{202e}" })).await;
    assert_eq!((hidden.status, &hidden.json()["errors"][0]["pointer"]), (422, &json!("/name")));
    assert_eq!(owner.patch("/v1/tenant", &json!({ "name": "Cleaner Rivers" })).await.status, 200);
    let outbox = suite.app.outbox().await;
    let [_created, renamed] = outbox.as_slice() else { panic!("{outbox:?}") };
    assert_eq!(renamed.kind, "identity.tenant.renamed.v1");
    let event: serde_json::Value = serde_json::from_str(&renamed.payload).unwrap();
    assert_eq!((&event["slug"], &event["name"]), (&json!("rivers"), &json!("Cleaner Rivers")));
}

/// Promises 001-04 and 001-14: each change names the member of staff and the time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_audit_log_shows_actions_that_only_a_newer_version_knows() {
    let suite = suite().await;
    let newer = "INSERT INTO audit (id, tenant_id, actor_kind, actor_id, action, object_kind, object_id, at)
        SELECT gen_random_uuid(), tenant_id, actor_kind, actor_id, 'register.opened', 'register', object_id, at
        FROM audit LIMIT 1";
    suite.app.sql().await.batch_execute(newer).await.unwrap();
    let log = suite.owner().get("/v1/audit").await;
    assert_eq!(log.status, 200, "{}", log.text);
    assert!(log.text.contains(r#""action":"register.opened","object_kind":"register""#));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_change_is_in_the_audit_log_with_who_and_when() {
    let suite = suite().await;
    let owner = suite.owner();
    assert_eq!(owner.patch("/v1/tenant", &json!({ "name": "Cleaner Rivers" })).await.status, 200);
    let member = suite.add("bo@rivers.example", "analyst").await.json()["id"].clone();
    let key = json!({ "kind": "secret", "name": "ci", "scopes": ["geo:read"] });
    let key = owner.post("/v1/api-keys", &key).await.json()["id"].clone();
    owner.delete(&format!("/v1/api-keys/{}", key.as_str().unwrap())).await;
    owner.delete(&format!("/v1/users/{}", member.as_str().unwrap())).await;

    let log = owner.get("/v1/audit").await.json();
    let rows = log["data"].as_array().unwrap();
    let actions: Vec<_> = rows.iter().map(|row| row["action"].as_str().unwrap()).collect();
    assert_eq!(
        actions,
        [
            "member.removed",
            "api_key.revoked",
            "api_key.created",
            "member.added",
            "tenant.updated",
            "member.added",
            "tenant.created",
        ]
    );
    for row in &rows[..5] {
        assert_eq!(row["actor_id"], json!(suite.rivers.user_id));
        assert_eq!(row["actor_name"], NAME);
        assert!(row["at"].is_string());
    }
    assert_eq!(rows[5]["actor_kind"], "operator");
    assert_eq!((&rows[0]["object_id"], &rows[1]["object_id"]), (&member, &key));
}

/// Promises 001-04 and 001-14
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_audit_log_has_what_staff_settled_about_emails() {
    let suite = suite().await;
    let at = suite.app.clock.now();
    for decision in [Decision::Delivered, Decision::SendAgain] {
        let (message_id, actor_id) = (Uuid::from_u128(5), suite.rivers.user_id);
        let actor_kind = "user".to_owned();
        let event = DeliverySettled { message_id, decision, actor_kind, actor_id, at };
        suite.app.deliver(suite.rivers.tenant_id, &event).await.unwrap();
    }
    let log = suite.owner().get("/v1/audit").await.json();
    for (row, action) in [(0, "delivery.sent_again"), (1, "delivery.settled_as_delivered")] {
        let row = &log["data"][row];
        assert_eq!((&row["action"], &row["object_kind"]), (&json!(action), &json!("delivery")));
        assert_eq!(row["object_id"], json!(Uuid::from_u128(5)));
        assert_eq!((&row["actor_kind"], &row["actor_name"]), (&json!("user"), &json!(NAME)));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_change_leaves_no_entry_and_an_entry_cannot_be_altered() {
    let suite = suite().await;
    assert_eq!(suite.add(EMAIL, "admin").await.status, 409);
    let log = suite.owner().get("/v1/audit").await.json();
    assert_eq!(log["data"].as_array().unwrap().len(), 2);
    let db = suite.app.db.as_ref().unwrap();
    for sql in ["UPDATE audit SET action = 'x'", "DELETE FROM audit", "TRUNCATE audit"] {
        let mut own = db.as_tenant(suite.rivers.tenant_id).await;
        assert!(own.batch_execute(sql).await.is_err(), "{sql} as the service");
        assert!(suite.app.sql().await.batch_execute(sql).await.is_err(), "{sql} as the worker");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_come_and_go_with_their_sessions() {
    let suite = suite().await;
    let made = suite.add("bo@rivers.example", "campaigner").await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(made.json()["role"], "campaigner");
    let grant = suite.sign_in("bo@rivers.example", PASSWORD).await.json();
    let scopes = grant["principal"]["scopes"].as_array().unwrap();
    assert!(scopes.contains(&json!("campaigns:write")) && !scopes.contains(&json!("users:read")));
    let list = suite.owner().get("/v1/users").await.json();
    let mut names: Vec<_> =
        list["data"].as_array().unwrap().iter().map(|u| u["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, [NAME, "Bo Marsh"]);

    let path = format!("/v1/users/{}", made.json()["id"].as_str().unwrap());
    assert_eq!(suite.owner().delete(&path).await.status, 204);
    assert_eq!(suite.owner().delete(&path).await.status, 404);
    assert_eq!(suite.refresh(&grant["refresh_token"]).await.status, 401);
    assert_eq!(suite.sign_in("bo@rivers.example", PASSWORD).await.status, 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_owner_stays() {
    let suite = suite().await;
    let path = format!("/v1/users/{}", suite.rivers.user_id);
    let refused = suite.owner().delete(&path).await;
    assert_eq!((refused.status, &refused.json()["code"]), (409, &json!("last_owner")));
    suite.add("bo@rivers.example", "owner").await;
    assert_eq!(suite.owner().delete(&path).await.status, 204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_makes_a_member_who_can_do_more_than_they_can() {
    let suite = suite().await;
    let scopes: Vec<&str> = EVERYTHING.iter().copied().filter(|s| *s != "tenant:write").collect();
    let admin = suite.user(suite.rivers.tenant_id, suite.rivers.user_id, &scopes);
    let mut body = json!({ "email": "bo@rivers.example", "name": "Bo Marsh", "password": PASSWORD, "role": "owner" });
    assert_eq!(admin.post("/v1/users", &body).await.status, 403);
    body["role"] = json!("admin");
    assert_eq!(admin.post("/v1/users", &body).await.status, 201);
    // Nor do they remove one: two owners, so that neither is the last.
    let owner = suite.add("cy@rivers.example", "owner").await.json()["id"].clone();
    let path = format!("/v1/users/{}", owner.as_str().unwrap());
    assert_eq!(admin.delete(&path).await.status, 403);
    assert_eq!(suite.owner().delete(&path).await.status, 204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_weak_password_and_other_invalid_fields_are_reported_together() {
    let suite = suite().await;
    let body = json!({ "email": "bo", "name": "", "password": "hunter2", "role": "king" });
    let refused = suite.owner().post("/v1/users", &body).await;
    assert_eq!(refused.status, 422);
    let errors = refused.json()["errors"].clone();
    let mut pointers: Vec<_> =
        errors.as_array().unwrap().iter().map(|e| e["pointer"].as_str().unwrap()).collect();
    pointers.sort_unstable();
    assert_eq!(pointers, ["/email", "/name", "/password", "/role"]);
    assert!(!refused.text.contains("king") && !refused.text.contains("hunter2"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_tenant_sees_and_touches_nothing() {
    let suite = suite().await;
    suite.sign_in(EMAIL, PASSWORD).await;
    let bees = create_tenant(
        suite.app.app(),
        "bees",
        "Save the Bees",
        "cy@bees.example",
        "Cy Hive",
        "seven herons on a pier",
    );
    let bees = bees.await.unwrap();
    let stranger = suite.user(bees.tenant_id, bees.user_id, EVERYTHING);
    let theirs = format!("/v1/users/{}", suite.rivers.user_id);
    assert_eq!(stranger.delete(&theirs).await.status, 404);
    assert_eq!(stranger.get("/v1/tenant").await.json()["slug"], "bees");
    assert_eq!(stranger.get("/v1/users").await.json()["data"].as_array().unwrap().len(), 1);
    assert_eq!(stranger.get("/v1/sign-ins").await.json()["data"], json!([]));
    let audit = stranger.get("/v1/audit").await;
    assert!(!audit.text.contains(&suite.rivers.tenant_id.to_string()));
    assert_eq!(audit.json()["data"].as_array().unwrap().len(), 2);
    // Not the queries alone: the service's own role sees one tenant's rows, whatever it asks for.
    let mut bound = suite.app.db.as_ref().unwrap().as_tenant(bees.tenant_id).await;
    let seen: Vec<Member> =
        sql_query("SELECT tenant_id FROM memberships").load(&mut bound).await.unwrap();
    assert_eq!(seen.iter().map(|m| m.tenant_id).collect::<Vec<_>>(), [bees.tenant_id]);
    let users: Vec<Member> =
        sql_query("SELECT tenant_id FROM users").load(&mut bound).await.unwrap();
    assert_eq!(users.iter().map(|m| m.tenant_id).collect::<Vec<_>>(), [bees.tenant_id]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_organisation_sets_for_a_person_holds_in_no_other() {
    const THEIRS: &str = "a password that Bees chose";
    const OURS: &str = "nine lanterns over water";
    let suite = suite().await;
    let bees =
        create_tenant(suite.app.app(), "bees", "Bees", "cy@bees.example", "Cy Hive", PASSWORD);
    let bees = bees.await.unwrap();
    let stranger = suite.user(bees.tenant_id, bees.user_id, EVERYTHING);
    let alice = |name, password| json!({ "email": "alice@charity.example", "name": name, "password": password, "role": "admin" });
    let first = stranger.post("/v1/users", &alice("Mallory Wrote This", THEIRS)).await;
    let second = suite.owner().post("/v1/users", &alice("Alice Reed", OURS)).await;
    assert_eq!((first.status, second.status), (201, 201), "{} {}", first.text, second.text);
    let sign_in = async |password: &str, slug: Option<&str>| {
        let mut body = json!({ "email": "alice@charity.example", "password": password, "ip": IP });
        if let Some(slug) = slug {
            body["tenant_slug"] = json!(slug);
        }
        suite.gateway().post("/internal/v1/sessions", &body).await
    };
    assert_eq!(sign_in(THEIRS, Some("rivers")).await.status, 401);
    assert_eq!(sign_in(OURS, Some("bees")).await.status, 401);
    for (password, tenant_id) in [(THEIRS, bees.tenant_id), (OURS, suite.rivers.tenant_id)] {
        let entered = sign_in(password, None).await;
        assert_eq!(entered.status, 200, "{}", entered.text);
        assert_eq!(entered.json()["principal"]["tenant_id"], json!(tenant_id));
    }
    let (ours, theirs) = (suite.owner().get("/v1/users").await, stranger.get("/v1/users").await);
    assert!(ours.text.contains("Alice Reed") && !ours.text.contains("Mallory"), "{}", ours.text);
    assert!(theirs.text.contains("Mallory") && !theirs.text.contains("Reed"), "{}", theirs.text);

    // Who is added again gets the new password; the old one is gone.
    let path = format!("/v1/users/{}", second.json()["id"].as_str().unwrap());
    assert_eq!(suite.owner().delete(&path).await.status, 204);
    assert_eq!(sign_in(OURS, Some("rivers")).await.status, 401);
    assert_eq!(suite.owner().post("/v1/users", &alice("Alice Reed", PASSWORD)).await.status, 201);
    assert_eq!(sign_in(OURS, Some("rivers")).await.status, 401);
    assert_eq!(sign_in(PASSWORD, Some("rivers")).await.status, 200);
    // Who is a member already keeps theirs.
    assert_eq!(suite.owner().post("/v1/users", &alice("Alice Reed", OURS)).await.status, 409);
    assert_eq!(sign_in(OURS, Some("rivers")).await.status, 401);
}
