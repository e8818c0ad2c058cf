-- Where partners want to be told. The secret is wrapped under the service's own key.
CREATE TABLE endpoints (
  id UUID PRIMARY KEY,
  tenant_id UUID NOT NULL,
  url TEXT NOT NULL,
  event_types TEXT[] NOT NULL,
  secret BYTEA NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('active', 'disabled')),
  disabled_reason TEXT,
  created_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX endpoints_tenant ON endpoints (tenant_id, id);
SELECT tenant_table('endpoints');

-- One row per event and endpoint. The body holds ids only. While a row is `delivering`, `next_at` is the end of its lease.
-- No reference to the endpoint: what was sent stays listed when the endpoint is deleted.
CREATE TABLE deliveries (
  id UUID PRIMARY KEY,
  tenant_id UUID NOT NULL,
  endpoint_id UUID NOT NULL,
  event_id UUID NOT NULL,
  event_type TEXT NOT NULL,
  body TEXT,
  state TEXT NOT NULL
    CHECK (state IN ('pending', 'delivering', 'retrying', 'delivered', 'dead', 'cancelled')),
  tries INTEGER NOT NULL DEFAULT 0,
  next_at TIMESTAMPTZ NOT NULL,
  claim UUID,
  last_status INTEGER,
  last_error TEXT,
  created_at TIMESTAMPTZ NOT NULL,
  finished_at TIMESTAMPTZ,
  CONSTRAINT deliveries_endpoint_event_key UNIQUE (endpoint_id, event_id)
);
CREATE INDEX deliveries_due ON deliveries (endpoint_id, next_at)
  WHERE state IN ('pending', 'delivering', 'retrying');
CREATE INDEX deliveries_tenant ON deliveries (tenant_id, id);
CREATE INDEX deliveries_created_at ON deliveries (created_at);
SELECT tenant_table('deliveries');

-- What became of each attempt. Nothing of the answer is kept but its status.
CREATE TABLE attempts (
  id UUID PRIMARY KEY,
  tenant_id UUID NOT NULL,
  delivery_id UUID NOT NULL REFERENCES deliveries ON DELETE CASCADE,
  at TIMESTAMPTZ NOT NULL,
  status INTEGER,
  duration_ms INTEGER NOT NULL,
  error TEXT
);
CREATE INDEX attempts_delivery ON attempts (delivery_id);
SELECT tenant_table('attempts');
