-- Events that Kafka rejected because they are too large or not valid, moved out of the way of the others. An operator
-- removes the cause within 30 days and puts them back with `INSERT INTO outbox (id, tenant_id, topic, …) SELECT …`.
CREATE TABLE outbox_parked (
  seq BIGINT PRIMARY KEY,
  id UUID NOT NULL,
  tenant_id UUID NOT NULL,
  topic TEXT NOT NULL,
  key UUID NOT NULL,
  type TEXT NOT NULL,
  payload TEXT NOT NULL,
  traceparent TEXT,
  created_at TIMESTAMPTZ NOT NULL,
  reason TEXT NOT NULL,
  parked_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
SELECT tenant_table('outbox_parked');
