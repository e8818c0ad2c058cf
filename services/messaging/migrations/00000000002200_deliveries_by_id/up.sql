-- The list of a tenant's deliveries is read in the order of their ids.
CREATE INDEX deliveries_tenant ON deliveries (tenant_id, id);
