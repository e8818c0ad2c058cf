DROP INDEX erasures_tenant;
