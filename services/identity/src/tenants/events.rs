//! Domain to contracts.

use contracts::identity::{TenantCreated, TenantRenamed};

use super::domain::Tenant;

pub(super) fn created(tenant: &Tenant) -> TenantCreated {
    TenantCreated { tenant_id: tenant.id, slug: tenant.slug.clone(), name: tenant.name.clone() }
}

pub(super) fn renamed(tenant: &Tenant) -> TenantRenamed {
    TenantRenamed { tenant_id: tenant.id, slug: tenant.slug.clone(), name: tenant.name.clone() }
}
