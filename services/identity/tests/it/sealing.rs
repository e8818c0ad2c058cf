//! No plaintext about a person stands in any table.

use serde_json::{Value, json};
use testkit::sql;

use crate::support::{EMAIL, IP, NAME, PASSWORD, Suite, suite};

/// Every row of every table, byte columns as text too.
async fn dump(suite: &Suite) -> String {
    let mut conn = suite.app.sql().await;
    let tables = "SELECT quote_ident(tablename) FROM pg_tables
                  WHERE schemaname = current_schema() AND tablename NOT LIKE '\\_\\_%'";
    let mut all = String::new();
    for table in sql::texts(&mut conn, tables).await {
        let rows = format!("SELECT to_jsonb(t)::text FROM {table} t");
        all.extend(sql::texts(&mut conn, &rows).await.into_iter().map(|row| row + "\n"));
    }
    all
}

/// Text as it stands, and as the hexadecimal of a byte column.
fn finds(dump: &str, canary: &str) -> bool {
    let hex = canary.bytes().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    let (dump, canary) = (dump.to_lowercase(), canary.to_lowercase());
    dump.contains(&canary) || dump.contains(&hex)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_addresses_passwords_tokens_and_keys_are_in_no_row() {
    let suite = suite().await;
    let token = suite.sign_in(EMAIL, PASSWORD).await.json()["refresh_token"].clone();
    suite.sign_in("unknown.canary@rivers.example", PASSWORD).await;
    let body = json!({ "kind": "secret", "name": "control", "scopes": ["geo:read"] });
    let owner = suite.owner();
    // Stored for a repetition, and still not readable.
    let post = async |path: &str, body: Value| {
        let request = owner.request("POST".parse().unwrap(), path).json(&body);
        let answer = owner.send(request.header("idempotency-key", "k-1")).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.json()
    };
    let key = post("/v1/api-keys", body).await["secret"].clone();
    let (email, name) = ("bo.canary@rivers.example", "Bo Marshcanary");
    let added = json!({ "email": email, "name": name, "password": PASSWORD, "role": "analyst" });
    post("/v1/users", added).await;
    let dump = dump(&suite).await;
    assert!(finds(&dump, "control") && finds(&dump, "rivers"), "the search finds what is there");
    let canaries = [EMAIL, NAME, PASSWORD, IP, "quillfeather", "unknown.canary", "argon2id"];
    let canaries = canaries.into_iter().chain([email, name]);
    for canary in canaries.chain([token.as_str().unwrap(), key.as_str().unwrap()]) {
        assert!(!finds(&dump, canary), "{canary} stands in a table");
    }
}
