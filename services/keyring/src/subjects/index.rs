//! The blind-index keys: one per tenant, stored wrapped, so that people are found without their address being stored.

use std::collections::HashMap;

use kit::{db::Conn, id::Ids};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::store;
use crate::{
    error::Error,
    wrap::{Holder, Wrapper},
};

/// Index keys by tenant.
pub type IndexKeys = HashMap<Uuid, Zeroizing<Vec<u8>>>;

/// A tenant's index key, created if it has none. The caller caches it only after the commit: people indexed under a key that
/// was never stored could not be found again.
pub async fn key(
    wrapper: &Wrapper,
    ids: Ids,
    conn: &mut Conn,
    tenant_id: Uuid,
) -> Result<Zeroizing<Vec<u8>>, Error> {
    let fresh = Zeroizing::new(ids.bytes::<32>().to_vec());
    let sealed = wrapper.wrap(Holder::Index(tenant_id), &fresh)?;
    let (version, stored) = store::index_key(conn, tenant_id, wrapper.current(), &sealed).await?;
    Ok(wrapper.unwrap_key(Holder::Index(tenant_id), version, &stored)?)
}

/// Moves every index key to the current key-encryption key; there is one per tenant.
pub async fn rewrap(wrapper: &Wrapper, conn: &mut Conn) -> Result<(), Error> {
    let current = wrapper.current();
    for (tenant_id, version, wrapped) in store::lock_older_index_keys(conn, current).await? {
        let holder = Holder::Index(tenant_id);
        let key = wrapper.unwrap_key(holder, version, &wrapped)?;
        store::set_index_key(conn, tenant_id, current, wrapper.wrap(holder, &key)?).await?;
    }
    Ok(())
}
