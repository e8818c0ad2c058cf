//! PostgreSQL over TLS, with an authority of our own.

use std::{os::unix::fs::MetadataExt as _, path::Path, process::Command};

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
    let new = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2";
    openssl(dir, &format!("{new} -subj /CN=authority -keyout ca.key -out ca.pem"))?;
    openssl(
        dir,
        &format!(
            "{new} -subj /CN=localhost -addext subjectAltName=DNS:localhost -addext basicConstraints=critical,CA:FALSE \
             -CA ca.pem -CAkey ca.key -keyout server.key -out server.crt"
        ),
    )?;
    let postgres = Postgres::start(dir, places::port()?)?;
    let data = postgres.data_dir();
    let owner = std::fs::metadata(&data)?;
    for file in ["server.key", "server.crt"] {
        std::fs::copy(dir.join(file), data.join(file))?;
        std::os::unix::fs::chown(data.join(file), Some(owner.uid()), Some(owner.gid()))?;
    }
    postgres.sql("ALTER SYSTEM SET ssl = on")?;
    postgres.sql("SELECT pg_reload_conf()")?;
    Ok(postgres)
}

async fn ping(pairs: &[(&str, &str)]) -> anyhow::Result<Db> {
    let mut env = Env::from_pairs(pairs.iter().copied());
    let url = tls::database_url(&mut env, "URL");
    env.finish()?;
    let db = Db::new("probe", &DbConfig::new(url, 1)?)?;
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
