-- When an action must lose its person. The row goes in the transaction that says so.
CREATE TABLE schedules (
  action_id UUID PRIMARY KEY,
  tenant_id UUID NOT NULL,
  campaign_id UUID NOT NULL,
  subject_id UUID NOT NULL,
  expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX schedules_expires_at ON schedules (expires_at);
CREATE INDEX schedules_subject ON schedules (subject_id);
SELECT tenant_table('schedules');

-- The erasure ledger: written before any key is destroyed, kept for good, without personal data. `subject` is the random id
-- whose keys are gone; it has another name than the `subject_id` of rows about a person, which the probe counts.
CREATE TABLE erasures (
  id UUID PRIMARY KEY,
  tenant_id UUID NOT NULL,
  subject UUID,
  actor_id TEXT NOT NULL,
  source_hint TEXT,
  state TEXT NOT NULL CHECK (state IN ('recorded', 'keys_destroyed', 'partial', 'complete')),
  recorded_at TIMESTAMPTZ NOT NULL,
  keys_destroyed_at TIMESTAMPTZ,
  keys BIGINT NOT NULL DEFAULT 0,
  announced_at TIMESTAMPTZ,
  probed_at TIMESTAMPTZ,
  completed_at TIMESTAMPTZ,
  receipt TEXT
);
CREATE INDEX erasures_open ON erasures (state, recorded_at) WHERE state <> 'complete';
CREATE INDEX erasures_subject ON erasures (subject);
SELECT tenant_table('erasures');

-- What each service says of an erasure.
CREATE TABLE answers (
  erasure_id UUID NOT NULL REFERENCES erasures,
  service TEXT NOT NULL,
  tenant_id UUID NOT NULL,
  rows BIGINT NOT NULL,
  remaining BIGINT NOT NULL,
  answered_at TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (erasure_id, service)
);
SELECT tenant_table('answers');
