-- People whose last action may be gone. When nothing points to them, the keyring ends them.
CREATE TABLE departures (
  subject_id UUID PRIMARY KEY,
  tenant_id UUID NOT NULL,
  next_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX departures_due ON departures (next_at);
SELECT tenant_table('departures');
