-- The list of a tenant's erasures is read in the order of their ids.
CREATE INDEX erasures_tenant ON erasures (tenant_id, id);
