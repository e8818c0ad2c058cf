-- The list of a tenant's representatives is read in the order of their ids.
CREATE INDEX representatives_tenant ON representatives (tenant_id, id);
