-- Any role may be the worker: `folkmoot migrate` names it in its session. New schemas have these functions from the first
-- migration on; this one gives them to schemas whose first migration ran before it had them.
CREATE OR REPLACE FUNCTION worker_role() RETURNS text LANGUAGE sql STABLE AS $$
  SELECT coalesce(nullif(current_setting('folkmoot.worker_role', true), ''), current_user || '_worker')
$$;

CREATE OR REPLACE FUNCTION tenant_table(t regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', t);
  EXECUTE format('CREATE POLICY of_tenant ON %s USING (tenant_id = nullif(current_setting(''folkmoot.tenant'', true), '''')::uuid)', t);
  EXECUTE format('CREATE POLICY of_worker ON %s TO %I USING (true)', t, worker_role());
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO %I', t, worker_role());
END $$;

CREATE OR REPLACE FUNCTION worker_table(t regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO %I', t, worker_role());
END $$;
