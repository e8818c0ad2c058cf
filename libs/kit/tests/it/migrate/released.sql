-- The first migration of the kit as 0.1.0 ran it: `worker_role()` did not exist.
-- The kit's tables in the schema of every service, created before the service's own tables.

-- Turns on row-level security for a table: rows are visible only to transactions of their tenant (db.tx) and to the
-- service's worker role. It is forced, so that it also holds for the owner of the table.
CREATE FUNCTION tenant_table(t regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', t);
  EXECUTE format('CREATE POLICY of_tenant ON %s USING (tenant_id = nullif(current_setting(''folkmoot.tenant'', true), '''')::uuid)', t);
  EXECUTE format('CREATE POLICY of_worker ON %s TO %I USING (true)', t, current_user || '_worker');
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO %I', t, current_user || '_worker');
END $$;

-- Lets the worker role use a table whose rows do not belong to tenants.
CREATE FUNCTION worker_table(t regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO %I', t, current_user || '_worker');
END $$;

-- Events to be sent to Kafka: written with the change that they report, deleted after the broker's acknowledgement.
CREATE TABLE outbox (
  seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id UUID NOT NULL,
  tenant_id UUID NOT NULL,
  topic TEXT NOT NULL,
  key UUID NOT NULL,
  type TEXT NOT NULL,
  payload TEXT NOT NULL,
  traceparent TEXT,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
ALTER TABLE outbox SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);
SELECT tenant_table('outbox');

-- Handled events; a row is written in the transaction that handles the event.
CREATE TABLE inbox (
  event_id UUID PRIMARY KEY,
  handled_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX inbox_handled_at ON inbox USING brin (handled_at);
SELECT worker_table('inbox');

-- Replies by idempotency key: the key and the request only as keyed fingerprints, the reply without personal data.
CREATE TABLE idempotency (
  tenant_id UUID NOT NULL,
  key_fingerprint BYTEA NOT NULL,
  request_fingerprint BYTEA NOT NULL,
  status SMALLINT,
  reply TEXT,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, key_fingerprint)
);
CREATE INDEX idempotency_created_at ON idempotency USING brin (created_at);
SELECT tenant_table('idempotency');

-- Which replica may run a job, and until when.
CREATE TABLE job_leases (
  name TEXT PRIMARY KEY,
  holder UUID NOT NULL,
  held_until TIMESTAMPTZ NOT NULL
);
SELECT worker_table('job_leases');
