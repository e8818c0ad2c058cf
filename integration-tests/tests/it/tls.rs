//! PostgreSQL over TLS, with an authority of our own.

use std::{
    os::unix::fs::MetadataExt as _,
    path::Path,
    process::{Command, Stdio},
};

use integration_tests::places;
use kit::{
    config::Env,
    db::{Db, DbConfig, migrate, tls},
    secret::Secret,
};
use xtask::stack::postgres::Postgres;

pub(crate) fn openssl(dir: &Path, arguments: &str) -> anyhow::Result<()> {
    let output = Command::new("openssl").current_dir(dir).args(arguments.split(' ')).output()?;
    anyhow::ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

/// A server that offers TLS with a certificate for `localhost`.
fn server(dir: &Path) -> anyhow::Result<Postgres> {
    authority(dir, "ca")?;
    let postgres = Postgres::start(dir, places::port()?)?;
    postgres.sql("ALTER SYSTEM SET ssl = on")?;
    certify(dir, "ca", &postgres)?;
    Ok(postgres)
}

const NEW: &str = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2";

/// A new authority: NAME.pem and NAME.key.
fn authority(dir: &Path, name: &str) -> anyhow::Result<()> {
    openssl(dir, &format!("{NEW} -subj /CN={name} -keyout {name}.key -out {name}.pem"))
}

/// Gives the running server a new certificate, signed by an authority.
fn certify(dir: &Path, authority: &str, postgres: &Postgres) -> anyhow::Result<()> {
    openssl(
        dir,
        &format!(
            "{NEW} -subj /CN=localhost -addext subjectAltName=DNS:localhost -addext basicConstraints=critical,CA:FALSE \
             -CA {authority}.pem -CAkey {authority}.key -keyout server.key -out server.crt"
        ),
    )?;
    let data = postgres.data_dir();
    let owner = std::fs::metadata(&data)?;
    for file in ["server.key", "server.crt"] {
        std::fs::copy(dir.join(file), data.join(file))?;
        std::os::unix::fs::chown(data.join(file), Some(owner.uid()), Some(owner.gid()))?;
    }
    postgres.sql("SELECT pg_reload_conf()")?;
    Ok(())
}

async fn ping(pairs: &[(&str, &str)]) -> anyhow::Result<Db> {
    let mut env = Env::from_pairs(pairs.iter().copied());
    let url = tls::database_url(&mut env, "URL");
    env.finish()?;
    // This server has the administrator's role only.
    let config = DbConfig { worker_role: "folkmoot_admin".to_owned(), ..DbConfig::new(url, 1)? };
    let db = Db::new("probe", &config)?;
    db.ping().await?;
    Ok(db)
}

async fn refused(pairs: &[(&str, &str)]) -> String {
    ping(pairs).await.err().unwrap().to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_database_is_reached_by_tls_and_only_if_its_certificate_holds() -> anyhow::Result<()> {
    let dir = places::folder("tls")?;
    let postgres = tokio::task::block_in_place(|| server(&dir))?;
    let url = postgres.url();
    let named = url.replace("127.0.0.1", "localhost");
    let ca = dir.join("ca.pem").to_string_lossy().into_owned();
    let ours = ("FOLKMOOT_TLS_CA_FILE", ca.as_str());
    let by_tls =
        || postgres.sql("SELECT count(*) FROM pg_stat_ssl WHERE ssl AND pid <> pg_backend_pid()");

    let plain = ping(&[("URL", &url), ours]).await?;
    assert_eq!(by_tls()?.trim(), "0", "without sslmode there is no TLS");
    drop(plain);
    for mode in ["require", "verify-full"] {
        let encrypted = ping(&[("URL", &format!("{named}?sslmode={mode}")), ours]).await?;
        assert_ne!(by_tls()?.trim(), "0", "{mode}");
        drop(encrypted);
        let other_name = refused(&[("URL", &format!("{url}?sslmode={mode}")), ours]).await;
        assert!(other_name.contains("not valid for name"), "{mode}: {other_name}");
        let stranger = refused(&[("URL", &format!("{named}?sslmode={mode}"))]).await;
        assert!(stranger.contains("UnknownIssuer"), "{mode}: {stranger}");
    }

    let asked = format!("?sslmode=verify-full&sslrootcert={ca}");
    let admin = Secret::new(format!("{named}{asked}"));
    let service = postgres.url_of("folkmoot_probe", "probe", "folkmoot");
    let service = Secret::new(service.replace("127.0.0.1", "localhost") + &asked);
    let config = DbConfig::new(service, 1)?;
    migrate::prepare("probe", &admin, &config).await?;
    let ran = migrate::migrate("probe", &config, migrate::KIT_MIGRATIONS).await?;
    assert!(!ran.is_empty());
    Ok(())
}

/// Whether the server presents the certificate of this file by now.
fn presents(postgres: &Postgres, file: &Path) -> anyhow::Result<bool> {
    let server = format!("localhost:{}", postgres.port());
    let mut client = Command::new("openssl");
    client.args(["s_client", "-starttls", "postgres", "-connect", &server]).stdin(Stdio::null());
    let shown = String::from_utf8(client.output()?.stdout)?;
    Ok(shown.contains(std::fs::read_to_string(file)?.trim()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_certificate_and_a_new_authority_of_the_database_need_no_restart()
-> anyhow::Result<()> {
    let dir = places::folder("tls-renewal")?;
    let postgres = tokio::task::block_in_place(|| server(&dir))?;
    let url = postgres.url().replace("127.0.0.1", "localhost") + "?sslmode=verify-full";
    authority(&dir, "next")?;
    let [first, next] = [std::fs::read(dir.join("ca.pem"))?, std::fs::read(dir.join("next.pem"))?];
    let bundle = dir.join("bundle.pem");
    std::fs::write(&bundle, &first)?;
    let db = ping(&[("URL", &url), ("FOLKMOOT_TLS_CA_FILE", &bundle.to_string_lossy())]).await?;

    // By the same authority; by the next one, which has to be known before; and when the first one is forgotten.
    let both = [&first[..], &next[..]].concat();
    for (trusted, signs) in [(first, "ca"), (both, "next"), (next, "next")] {
        std::fs::write(&bundle, trusted)?;
        certify(&dir, signs, &postgres)?;
        let renewed = || async {
            db.direct().await.expect("no connection fails meanwhile");
            presents(&postgres, &dir.join("server.crt")).unwrap().then_some(())
        };
        testkit::wait::eventually("the new certificate", renewed).await;
        db.direct().await?;
        db.ping().await?;
    }
    Ok(())
}
