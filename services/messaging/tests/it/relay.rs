//! A relay with STARTTLS, whose certificate an authority of the organisation's own has signed.

use std::{path::Path, process::Command};

use base64::{Engine as _, engine::general_purpose::STANDARD as B64};
use messaging::Messaging;
use testkit::app::TestApp;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    },
};

use crate::{
    scripted::Scripted,
    support::{KEY, SEND, Supporter, state},
};

const NEW: &str = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2";

fn openssl(dir: &Path, arguments: &str) {
    let output = Command::new("openssl").current_dir(dir).args(arguments.split(' ')).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Authorities `ours` and `other`, and a server with a certificate for `localhost` by the first.
fn server(dir: &Path) -> TlsAcceptor {
    for name in ["ours", "other"] {
        openssl(dir, &format!("{NEW} -subj /CN={name} -keyout {name}.key -out {name}.pem"));
    }
    openssl(
        dir,
        &format!(
            "{NEW} -subj /CN=localhost -addext subjectAltName=DNS:localhost -addext basicConstraints=critical,CA:FALSE \
             -CA ours.pem -CAkey ours.key -keyout server.key -out server.pem"
        ),
    );
    let chain = vec![CertificateDer::from_pem_file(dir.join("server.pem")).unwrap()];
    let key = PrivateKeyDer::from_pem_file(dir.join("server.key")).unwrap();
    let config = ServerConfig::builder_with_provider(aws_lc_rs::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    TlsAcceptor::from(std::sync::Arc::new(config))
}

async fn app(relay: &str, authority: &Path, more: &[(&str, &str)]) -> TestApp<Messaging> {
    let token_key = B64.encode([7; 32]);
    let authority = authority.to_string_lossy();
    let settings = [
        ("FOLKMOOT_MAIL", "send"),
        ("FOLKMOOT_MESSAGING_RELAY", relay),
        ("FOLKMOOT_MESSAGING_RELAY_CA_FILE", &authority),
        ("FOLKMOOT_MESSAGING_DOMAIN", "mail.mill-lane.uk"),
        ("FOLKMOOT_MESSAGING_DKIM_KEY", &KEY.0),
        ("FOLKMOOT_MESSAGING_TOKEN_KEY", &token_key),
    ];
    TestApp::start(&[&settings, more].concat()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn emails_reach_a_relay_only_if_the_given_authority_signed_its_certificate() {
    let dir = tempfile::tempdir().unwrap();
    let server = Scripted::start_tls(server(dir.path())).await;
    let relay = format!("localhost:{}", server.addr.port());
    let table =
        [("other.pem", state("queued", "unreachable"), 0), ("ours.pem", state("sent", "250"), 1)];
    for (authority, expected, texts) in table {
        let app = app(&relay, &dir.path().join(authority), &[]).await;
        let supporter = Supporter::new(&app).await;
        supporter.message_to(&app, "office@parliament.uk").await;
        app.run_job(SEND).await.unwrap();
        assert_eq!(supporter.states(&app).await, [expected], "{authority}");
        assert_eq!(server.texts(), texts, "{authority}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn emails_wait_while_the_relays_password_is_wrong() {
    let dir = tempfile::tempdir().unwrap();
    let server = Scripted::start_tls(server(dir.path())).await;
    let relay = format!("localhost:{}", server.addr.port());
    let table = [
        ("wrong", state("queued", "535"), "degraded"),
        ("correct horse", state("sent", "250"), "ok"),
    ];
    for (password, expected, status) in table {
        let credentials = [
            ("FOLKMOOT_MESSAGING_RELAY_USER", "us"),
            ("FOLKMOOT_MESSAGING_RELAY_PASSWORD", password),
        ];
        let app = app(&relay, &dir.path().join("ours.pem"), &credentials).await;
        let supporter = Supporter::new(&app).await;
        supporter.message_to(&app, "office@parliament.uk").await;
        app.run_job(SEND).await.unwrap();
        assert_eq!(supporter.states(&app).await, [expected], "{password}");
        assert_eq!(app.readiness().await.1["checks"]["mail_relay"]["status"], status);
        let listed = supporter.reader(&app).get("/v1/deliveries").await.json();
        assert_eq!(listed["data"][0]["attempts"], u32::from(status == "ok"), "{password}");
    }
}
