//! Domain to contracts.

use contracts::identity::TenantCreated;

use super::domain::Tenant;

/// An organisation joined.
pub(crate) fn created(tenant: &Tenant) -> TenantCreated {
    TenantCreated { tenant_id: tenant.id, slug: tenant.slug.clone(), name: tenant.name.clone() }
}
