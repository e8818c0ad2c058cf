DROP INDEX deliveries_tenant;
