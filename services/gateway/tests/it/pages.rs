//! The page that a confirmation email links to.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kit::{auth::verifier::Verifier, id::Ids};
use serde_json::{Value, json};

use crate::support::{Suite, suite};

fn confirmation() -> Value {
    json!({
        "state": "submitted",
        "token": "AQE-_t0ken",
        "campaign": {"title": "Save <the> library", "organisation": "Readers", "kind": "message_to_representative", "language": "cy"},
        "supporter": {"name": "<script>alert(1)</script>", "email": "ada@example.org"},
        "message": {"to": "Jo Bloggs MP", "subject": "Library", "body": "Please </pre><script>x</script>"},
        "consents": [{"wording": "News by e-mail", "given": true}],
        "controller_policy_url": "https://readers.example/privacy",
        "expires_at": "2026-11-29T04:17:54.022440Z",
    })
}

fn link(suite: &Suite, tenant: uuid::Uuid, status: u16) -> String {
    let link = URL_SAFE_NO_PAD.encode([*tenant.as_bytes(), Ids.bytes::<16>()].concat());
    suite.services.answer(&format!("/v1/confirmations/{link}"), status, &confirmation());
    link
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn following_the_link_changes_nothing_and_the_button_confirms() {
    let suite = suite().await;
    let (nobody, tenant) = (suite.nobody(), Ids.next());
    let path = format!("/confirm/{}", link(&suite, tenant, 200));
    let page = nobody.get(&path).await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(page.header("cache-control"), "no-store");
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    assert!(!page.text.contains("<script") && page.text.contains("Jo Bloggs MP"));
    let date = r#"<time datetime="2026-11-29T04:17:54.022440Z">29 November 2026, 04:17 UTC</time>"#;
    assert!(page.text.contains(date), "{}", page.text);
    assert!(page.text.contains("<form method=\"post\">") && page.text.contains("Confirm and send"));
    assert!(
        page.text.contains(r#"<input type="hidden" name="token" value="AQE-_t0ken">"#),
        "{}",
        page.text
    );
    // What the organisation wrote is marked for readers aloud, since the page itself is in English (WCAG 3.1.2).
    for marked in
        ["Save &lt;the&gt; library", "Library", "Please &lt;&#x2f;pre&gt;", "News by e-mail"]
    {
        assert!(page.text.contains(&format!(r#"lang="cy">{marked}"#)), "{marked}: {}", page.text);
    }
    assert!(suite.services.seen().iter().all(|seen| seen.method == "GET"));
    let token = suite.services.seen()[0].headers["authorization"].replace("Bearer ", "");
    let jwks = format!("{}/internal/v1/jwks.json", suite.url());
    let clock = suite.app.clock.clone();
    let verifier = Verifier::new("campaigns", r#"{"keys":[]}"#, jwks, clock).unwrap();
    let claims = verifier.verify(&token).await.unwrap();
    assert_eq!((claims.tenant, claims.scope.as_str()), (Some(tenant), "confirmations:link"));

    let mut confirmed = confirmation();
    confirmed["state"] = json!("confirmed");
    confirmed["message_state"] = json!("composed");
    suite.services.answer(&path.replace("/confirm/", "/v1/confirmations/"), 200, &confirmed);
    let form = nobody.request(reqwest::Method::POST, &path);
    let form = form.header("content-type", "application/x-www-form-urlencoded");
    let done = nobody.send(form.body("token=AQE-_t0ken")).await;
    assert_eq!(done.status, 200);
    assert!(done.text.contains("Thank you") && !done.text.contains("<form"));
    assert!(done.text.contains("Your message is on its way to Jo Bloggs MP."), "{}", done.text);
    let seen = suite.services.seen();
    let posts: Vec<_> = seen.iter().filter(|seen| seen.method == "POST").collect();
    assert_eq!(
        (posts.len(), posts[0].body.as_slice()),
        (1, br#"{"token":"AQE-_t0ken"}"#.as_slice())
    );
    assert_eq!(posts[0].headers["content-type"], "application/json");
}

/// What became of an action and its message, as the owner of the mailbox reads it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_says_what_is_true_of_each_state() {
    let suite = suite().await;
    let path = format!("/confirm/{}", link(&suite, Ids.next(), 200));
    let read = async |state: &str, message_state: &str| {
        let mut answer = confirmation();
        answer["state"] = json!(state);
        answer["message_state"] = json!(message_state);
        answer["confirmed_at"] = json!("2026-11-28T04:17:54.022440Z");
        if state == "repeated" {
            answer["message"] = json!(null);
        }
        suite.services.answer(&path.replace("/confirm/", "/v1/confirmations/"), 200, &answer);
        let page = suite.nobody().get(&path).await;
        assert!(
            page.text.contains("28 November 2026") && !page.text.contains("<form"),
            "{}",
            page.text
        );
        page.text
    };
    for (state, words) in [
        ("composed", "Your message is on its way to Jo Bloggs MP"),
        ("sent", "Your message was sent to Jo Bloggs MP"),
        ("failed", "Your message could not be delivered to Jo Bloggs MP"),
        ("unknown", "We do not know whether your message reached Jo Bloggs MP"),
    ] {
        let page = read("confirmed", state).await;
        assert!(page.contains("Thank you") && page.contains(words), "{state}: {page}");
    }
    let page = read("repeated", "sent").await;
    assert!(page.contains("is neither counted nor sent"), "{page}");
    assert!(page.contains("The message of that action was sent to the representative"), "{page}");
    assert!(!page.contains("Thank you") && !page.contains("ada@example.org"), "{page}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_scanner_that_sends_head_is_answered_without_effect() {
    let suite = suite().await;
    let nobody = suite.nobody();
    let path = format!("/confirm/{}", link(&suite, Ids.next(), 200));
    let head = nobody.send(nobody.request(reqwest::Method::HEAD, &path)).await;
    assert_eq!((head.status, head.text.as_str()), (200, ""));
    assert_eq!(head.header("content-length"), nobody.get(&path).await.header("content-length"));
    assert!(suite.services.seen().iter().all(|seen| seen.method == "GET"));
    let options = nobody.send(nobody.request(reqwest::Method::OPTIONS, &path)).await;
    assert_eq!(options.header("allow"), "GET, HEAD, POST, OPTIONS");
}

/// A press that confirmed nothing leads to the page of now, with the reason and a new token.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_was_not_read_or_has_changed_is_shown_again() {
    let suite = suite().await;
    let path = format!("/confirm/{}", link(&suite, Ids.next(), 200));
    let upstream = format!("POST {}", path.replace("/confirm/", "/v1/confirmations/"));
    let press = async |refusal: Value| {
        suite.services.answer(&upstream, 409, &refusal);
        let form = suite.nobody().request(reqwest::Method::POST, &path);
        let page = suite.nobody().send(form.body("")).await;
        assert_eq!((page.status, page.header("content-type")), (409, "text/html; charset=utf-8"));
        assert!(page.text.contains("<form method=\"post\">"), "{}", page.text);
        page.text
    };
    let page = press(json!({ "code": "confirmation_unread" })).await;
    assert!(page.contains("Please read this page, then confirm."), "{page}");
    let changed = [json!({ "pointer": "/message/to" }), json!({ "pointer": "/message/body" })];
    let page = press(json!({ "code": "confirmation_changed", "errors": changed })).await;
    assert!(page.contains("your message has changed (who gets it, its text)"), "{page}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unknown_expired_and_malformed_links_look_the_same() {
    let suite = suite().await;
    let nobody = suite.nobody();
    let (unknown, expired) = (link(&suite, Ids.next(), 404), link(&suite, Ids.next(), 410));
    let mut pages = Vec::new();
    for link in [unknown.as_str(), &expired, "malformed"] {
        let page = nobody.get(&format!("/confirm/{link}")).await;
        let form = nobody.request(reqwest::Method::POST, &format!("/confirm/{link}"));
        let posted = nobody.send(form).await;
        pages.extend([(page.status, page.text), (posted.status, posted.text)]);
    }
    assert_eq!(pages[0].0, 404);
    assert!(pages.windows(2).all(|pair| pair[0] == pair[1]), "{pages:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_campaign_and_an_unavailable_service_have_pages_of_their_own() {
    let suite = suite().await;
    let nobody = suite.nobody();
    for (status, expected, words) in [(409, 409, "over"), (500, 503, "Nothing was changed")] {
        let path = format!("/confirm/{}", link(&suite, Ids.next(), status));
        for method in [reqwest::Method::GET, reqwest::Method::POST] {
            let page = nobody.send(nobody.request(method, &path)).await;
            assert_eq!(page.status, expected);
            assert!(page.text.contains(words), "{}", page.text);
        }
    }
}
