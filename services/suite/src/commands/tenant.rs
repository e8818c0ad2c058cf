//! Organisations, made by an operator.

use identity::{Identity, api_keys::domain::KeyKind, workflow};
use kit::{
    clock::Clock,
    config::Env,
    service::{self, Background, Running, Service},
};
use tokio_util::sync::CancellationToken;

/// Creates an organisation and prints its ids.
pub(crate) async fn create(
    slug: &str,
    name: &str,
    owner_email: &str,
    owner_name: &str,
) -> anyhow::Result<()> {
    let mut password = String::new();
    std::io::stdin().read_line(&mut password)?;
    let (identity, stop) = identity().await?;
    let password = password.trim_end();
    let created =
        workflow::create_tenant(&identity.app, slug, name, owner_email, owner_name, password)
            .await?;
    super::print(
        &serde_json::json!({"tenant_id": created.tenant_id, "user_id": created.user_id})
            .to_string(),
    );
    stop.cancel();
    identity.stopped().await;
    Ok(())
}

/// Creates a secret key and prints it.
pub(crate) async fn key(tenant: &str, scopes: &[String], test: bool) -> anyhow::Result<()> {
    let tenant_id = tenant.parse()?;
    let (identity, stop) = identity().await?;
    let (app, name) = (&identity.app, "made by an operator");
    let key = workflow::create_api_key(
        app,
        tenant_id,
        KeyKind::Secret,
        test,
        vec![],
        scopes.to_vec(),
        name,
    )
    .await?;
    super::print(&key);
    stop.cancel();
    identity.stopped().await;
    Ok(())
}

/// Identity's app on free ports, beside a running suite; the suite's relay publishes what it records.
pub(crate) async fn identity()
-> anyhow::Result<(Running<<Identity as Service>::App>, CancellationToken)> {
    let mut pairs: Vec<(String, String)> = std::env::vars().collect();
    for name in ["FOLKMOOT_IDENTITY_LISTEN", "FOLKMOOT_IDENTITY_ADMIN_LISTEN"] {
        pairs.push((name.to_owned(), "127.0.0.1:0".to_owned()));
    }
    // Nobody else calls it.
    pairs.push(("FOLKMOOT_DRAIN_SECONDS".to_owned(), "0".to_owned()));
    let stop = CancellationToken::new();
    let env = Env::from_pairs(pairs);
    let running =
        service::start::<Identity>(env, Clock::default(), Background::Off, stop.clone()).await?;
    Ok((running, stop))
}
