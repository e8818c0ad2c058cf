//! The happy path, to the header, and with a verifier that is not ours.

use std::process::Command;

use diesel_async::SimpleAsyncConnection as _;
use mail_parser::HeaderName;

use crate::support::{Catch, DOMAIN, KEY, SELECTOR, SEND, Supporter, app, facts, state};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_supporters_message_reaches_the_office_from_our_domain_under_their_name() {
    let catch = Catch::start().await;
    let app = app(catch.addr).await;
    let supporter = Supporter::new(&app).await;
    let event = supporter.message(&app).await;
    app.run_job(SEND).await.unwrap();
    let [email] = &catch.emails()[..] else { panic!("one email") };

    let parsed = email.parsed();
    let from = parsed.from().unwrap().first().unwrap();
    assert_eq!(from.name(), Some("Zoë Example"));
    let token = from.address().unwrap().strip_prefix("m+").unwrap();
    let token = token.strip_suffix(&format!("@{DOMAIN}")).unwrap();
    assert_eq!(email.envelope["x-envelope-from"], format!("b+{token}@bounce.{DOMAIN}"));
    assert_eq!(email.envelope["x-envelope-to"][0], "office@parliament.example");
    let reply_to = parsed.reply_to().unwrap().first().unwrap();
    assert_eq!(
        (reply_to.name(), reply_to.address()),
        (Some("Zoë Example"), Some("zoe@people.example"))
    );
    let to = parsed.to().unwrap().first().unwrap();
    assert_eq!(
        (to.name(), to.address()),
        (Some("A. Member MP"), Some("office@parliament.example"))
    );
    assert_eq!(parsed.subject(), Some("The library"));
    let body = parsed.body_text(0).unwrap().replace("\r\n", "\n");
    assert_eq!(body.trim_end(), "1 Mill Lane\nOX1 1AA\n\nPlease keep it – thanks.\n.");

    let names: Vec<&str> = parsed.headers().iter().map(|header| header.name.as_str()).collect();
    let expected = [
        "DKIM-Signature",
        "From",
        "Reply-To",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "Feedback-ID",
        "Content-Language",
        "MIME-Version",
        "Content-Type",
        "Content-Transfer-Encoding",
    ];
    assert_eq!(names, expected);
    let id = parsed.message_id().unwrap();
    assert!(
        id.ends_with(&format!("@{DOMAIN}"))
            && !email.text().contains(&event.message_id.to_string())
    );
    let feedback = parsed.header(HeaderName::Other("Feedback-ID".into())).unwrap();
    let feedback = feedback.as_text().unwrap();
    assert!(feedback.ends_with(":representative:folkmoot"));

    assert_eq!(supporter.states(&app).await, [state("sent", "250")]);
    let facts = facts(&app, "messaging.delivery.recorded.v1").await;
    assert_eq!(facts.len(), 1);
    assert_eq!(facts[0]["message_id"], event.message_id.to_string());
    assert_eq!((&facts[0]["kind"], &facts[0]["state"]), (&"representative".into(), &"sent".into()));
}

/// What was sent is not kept: the row no longer has a message.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sent_message_is_cleared_and_a_waiting_one_is_sealed() {
    let catch = Catch::start().await;
    let app = app(catch.addr).await;
    let supporter = Supporter::new(&app).await;
    supporter.message(&app).await;
    let messages = "SELECT count(*) FROM deliveries WHERE body IS NOT NULL
                   AND position('library'::bytea IN subject_line) = 0";
    assert_eq!(count(&app, messages).await, 1);
    app.run_job(SEND).await.unwrap();
    let kept = "SELECT count(*) FROM deliveries WHERE num_nonnulls(to_name, to_address,
                from_name, reply_to, subject_line, body) > 0";
    assert_eq!(count(&app, kept).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_confirmation_carries_a_link_and_none_of_the_supporters_text() {
    let catch = Catch::start().await;
    let app = app(catch.addr).await;
    let tenant_id = kit::id::Ids.next();
    let supporter = Supporter::of(&app, tenant_id, "see http://evil.test now").await;
    supporter.action(&app).await;
    app.run_job(SEND).await.unwrap();
    let [email] = &catch.emails()[..] else { panic!("one email") };
    let parsed = email.parsed();
    assert_eq!(parsed.from().unwrap().first().unwrap().name(), Some("Friends of Mill Lane"));
    assert_eq!(parsed.to().unwrap().first().unwrap().address(), Some("zoe@people.example"));
    assert!(parsed.reply_to().is_none());
    assert!(email.text().contains("\r\nAuto-Submitted: auto-generated\r\n"));
    assert!(email.text().contains("\r\nContent-Language: en, cy\r\n"), "our text, their title");
    let body = parsed.body_text(0).unwrap();
    assert!(body.contains("https://folkmoot.test/confirm/abc123"), "{body}");
    assert!(body.contains("Keep the library") && body.contains("What happens next"));
    assert!(!body.contains("evil"), "{body}");
    assert_eq!(supporter.states(&app).await, [state("sent", "250")]);
    let facts = facts(&app, "messaging.delivery.recorded.v1").await;
    assert!(facts.is_empty(), "others need not know of it: {facts:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_or_subject_with_line_ends_adds_no_header_and_no_recipient() {
    let catch = Catch::start().await;
    let app = app(catch.addr).await;
    let evil = "Ada\r\nBcc: everybody@victim.test\r\n\r\nbody";
    let supporter = Supporter::of(&app, kit::id::Ids.next(), evil).await;
    supporter.message_with(&app, evil, "text\r\n.\r\nMAIL FROM:<x@y.test>\r\n").await;
    app.run_job(SEND).await.unwrap();
    let [email] = &catch.emails()[..] else { panic!("one email") };
    let parsed = email.parsed();
    assert!(parsed.bcc().is_none());
    assert_eq!(parsed.subject(), Some("Ada Bcc: everybody@victim.test body"));
    assert_eq!(email.envelope["x-envelope-to"].as_array().unwrap().len(), 1);
    assert!(parsed.body_text(0).unwrap().contains("MAIL FROM:<x@y.test>"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_foreign_verifier_finds_our_signature_good() {
    let Some(python) = foreign_python() else { return };
    let catch = Catch::start().await;
    let app = app(catch.addr).await;
    let supporter = Supporter::new(&app).await;
    let long = "ŵ".repeat(120);
    for (subject, body) in
        [("Plain", "x\n\n \n\t\n"), (long.as_str(), "ends with spaces  \n.\n..\n=\n")]
    {
        supporter.message_with(&app, subject, body).await;
    }
    supporter.action(&app).await;
    app.run_job(SEND).await.unwrap();
    let emails = catch.emails();
    assert_eq!(emails.len(), 3);
    for email in emails {
        assert!(verifies(&python, &email.raw), "{}", email.text());
        let forged = email.text().replacen("\r\nTo: ", "\r\nTo: x", 1).into_bytes();
        assert!(!verifies(&python, &forged), "the verifier must refuse a forged To");
        for added in [
            "From: Somebody Else <x@evil.test>",
            "Reply-To: x@evil.test",
            "Subject: other",
            "To: x@evil.test",
            "Content-Type: text/html",
            "Content-Transfer-Encoding: 8bit",
        ] {
            let forged = [added.as_bytes(), b"\r\n", email.raw.as_slice()].concat();
            assert!(!verifies(&python, &forged), "the verifier must refuse a second {added}");
        }
    }
}

const VERIFY: &str = "
import sys, dkim
name, record = sys.argv[1].encode(), sys.argv[2].encode()
def txt(asked, timeout=5):
    return record if asked.rstrip(b'.') == name else None
sys.exit(0 if dkim.verify(sys.stdin.buffer.read(), dnsfunc=txt) else 3)
";

fn verifies(python: &str, email: &[u8]) -> bool {
    use std::io::Write as _;
    let name = format!("{SELECTOR}._domainkey.{DOMAIN}");
    let mut child = Command::new(python)
        .args(["-c", VERIFY, &name, &KEY.1])
        .stdin(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(email).unwrap();
    let code = child.wait().unwrap().code();
    assert!(matches!(code, Some(0 | 3)), "the verifier broke: {code:?}");
    code == Some(0)
}

#[expect(clippy::disallowed_methods, reason = "tests are configured by the task runner")]
fn foreign_python() -> Option<String> {
    let found = std::env::var("FOLKMOOT_TEST_PYTHON").ok();
    if found.is_none() {
        eprintln!("left out: the foreign DKIM verifier (FOLKMOOT_TEST_PYTHON names no Python)");
    }
    found
}

/// A newer version, which runs beside this one or was rolled back, may send more kinds.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_email_of_an_unknown_kind_is_left_in_the_queue_and_listed() {
    let catch = Catch::start().await;
    let app = app(catch.addr).await;
    let supporter = Supporter::new(&app).await;
    for _ in 0..2 {
        supporter.message(&app).await;
    }
    let mut owner = app.db.as_ref().unwrap().connect().await;
    let allow = "ALTER TABLE deliveries DROP CONSTRAINT deliveries_kind_check";
    owner.batch_execute(allow).await.unwrap();
    let change = "UPDATE deliveries SET kind = 'reminder'
                  WHERE id::text = (SELECT min(id::text) FROM deliveries)";
    app.sql().await.batch_execute(change).await.unwrap();
    app.run_job(SEND).await.unwrap();
    assert_eq!(catch.emails().len(), 1);
    let expected = [state("queued", ""), state("sent", "250")];
    assert_eq!(supporter.states(&app).await, expected);
    let listed = supporter.reader(&app).get("/v1/deliveries?state=queued").await.json();
    assert_eq!(listed["data"][0]["kind"], "reminder");
}

async fn count(app: &testkit::app::TestApp<messaging::Messaging>, query: &str) -> i64 {
    testkit::sql::count(&mut app.sql().await, query).await
}
