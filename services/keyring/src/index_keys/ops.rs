//! Creating and rewrapping index keys.

use kit::{db::Conn, id::Ids};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::store;
use crate::{
    error::Error,
    wrapper::{Holder, Wrapper},
};

/// A tenant's index key, created if it has none. The caller caches it only after the commit: people indexed under a key
/// that was never stored could not be found again.
pub(super) async fn ensure(
    conn: &mut Conn,
    wrapper: &Wrapper,
    ids: Ids,
    tenant_id: Uuid,
) -> Result<Zeroizing<Vec<u8>>, Error> {
    let holder = Holder::Index(tenant_id);
    let fresh = Zeroizing::new(ids.bytes::<32>());
    store::insert(conn, tenant_id, wrapper.wrap(holder, fresh.as_ref())?).await?;
    Ok(wrapper.unwrap_key(holder, &store::by_tenant(conn, tenant_id).await?)?)
}

/// Moves every index key to the current key-encryption key, one per tenant, and returns how many that were.
pub(crate) async fn rewrap(conn: &mut Conn, wrapper: &Wrapper) -> Result<usize, Error> {
    let others = store::lock_older(conn, wrapper.current()).await?;
    let count = others.len();
    for (tenant_id, old) in others {
        let key = wrapper.rewrap(Holder::Index(tenant_id), &old)?;
        store::save(conn, tenant_id, key).await?;
    }
    Ok(count)
}
