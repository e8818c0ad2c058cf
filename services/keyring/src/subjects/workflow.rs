//! Resolving a batch: first the index keys of its tenants, then the people.

use contracts::keyring::{ResolveItem, ResolveRequest, Resolved};

use super::{
    domain::{IndexKeys, Person},
    ops,
};
use crate::{app::App, error::Error, index_keys};

pub(super) async fn resolve(app: &App, request: ResolveRequest) -> Result<Vec<Resolved>, Error> {
    let ResolveRequest { purpose, items } = request;
    let keys = index_keys(app, &items).await?;
    let people: Vec<Person> = items.into_iter().map(|item| Person::new(item, &keys)).collect();
    app.db
        .system_tx("subjects.resolve", async |conn| {
            ops::resolve(conn, app.mint(), purpose, &people).await
        })
        .await
}

/// The index keys of the batch's tenants; a tenant's first person creates its key.
async fn index_keys(app: &App, items: &[ResolveItem]) -> Result<IndexKeys, Error> {
    let mut keys = IndexKeys::new();
    for ResolveItem { tenant_id, .. } in items {
        if keys.contains_key(tenant_id) {
            continue;
        }
        let key = if let Some(key) = app.index_keys.get(tenant_id) {
            key
        } else {
            let ensure = index_keys::workflow::ensure;
            let key = ensure(&app.db, &app.wrapper, app.kit.ids, *tenant_id).await?;
            app.index_keys.insert(*tenant_id, key.clone());
            key
        };
        keys.insert(*tenant_id, key);
    }
    Ok(keys)
}
