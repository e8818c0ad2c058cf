DROP TABLE job_leases, idempotency, inbox, outbox;
DROP FUNCTION worker_table(regclass);
DROP FUNCTION tenant_table(regclass);
DROP FUNCTION worker_role();
