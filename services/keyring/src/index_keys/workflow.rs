//! Index keys in transactions of their own, before the app is complete and before a batch.

use kit::{
    db::{Db, DbError},
    id::Ids,
};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{ops, store};
use crate::{error::Error, keys, wrapper::Wrapper};

/// Fails if a key-encryption key is missing that stored keys still need.
pub(crate) async fn check_wrapper(db: &Db, wrapper: &Wrapper) -> anyhow::Result<()> {
    let versions = db
        .system_tx("keys.list_versions", async |conn| -> Result<_, DbError> {
            Ok([store::versions(conn).await?, keys::store::versions(conn).await?].concat())
        })
        .await?;
    if let Some(lost) = versions.into_iter().find(|version| !wrapper.has(*version)) {
        anyhow::bail!("FOLKMOOT_KEYRING_KEKS lacks version {lost}, which stored keys still need");
    }
    Ok(())
}

/// A tenant's index key, created if it has none.
pub(crate) async fn ensure(
    db: &Db,
    wrapper: &Wrapper,
    ids: Ids,
    tenant_id: Uuid,
) -> Result<Zeroizing<Vec<u8>>, Error> {
    db.system_tx("index_keys.ensure", async |conn| ops::ensure(conn, wrapper, ids, tenant_id).await)
        .await
}
