DROP INDEX representatives_tenant;
