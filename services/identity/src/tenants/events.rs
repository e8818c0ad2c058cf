//! Domain to contracts.

use contracts::identity::{TenantCreated, TenantRenamed};

use super::domain::Tenant;

/// An organisation joined.
pub(crate) fn created(tenant: &Tenant) -> TenantCreated {
    TenantCreated { tenant_id: tenant.id, slug: tenant.slug.clone(), name: tenant.name.clone() }
}

/// An organisation took another public name.
pub(crate) fn renamed(tenant: &Tenant) -> TenantRenamed {
    TenantRenamed { tenant_id: tenant.id, slug: tenant.slug.clone(), name: tenant.name.clone() }
}
