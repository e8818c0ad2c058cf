-- The ledger of outgoing mail. A row's sealed letter lives only while the mail may still have to be sent.
CREATE TABLE deliveries (
  id UUID PRIMARY KEY,
  tenant_id UUID NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('confirmation', 'representative')),
  action_id UUID NOT NULL,
  campaign_id UUID NOT NULL,
  target_id UUID,
  subject_id UUID NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'claimed', 'sending', 'sent', 'failed', 'unknown', 'suppressed', 'cancelled')),
  code TEXT,
  attempts INTEGER NOT NULL DEFAULT 0,
  next_attempt_at TIMESTAMPTZ NOT NULL,
  holder UUID,
  lease_until TIMESTAMPTZ,
  token TEXT NOT NULL,
  header_id TEXT NOT NULL,
  created_at TIMESTAMPTZ NOT NULL,
  settled_at TIMESTAMPTZ,
  to_name BYTEA,
  to_address BYTEA,
  from_name BYTEA,
  reply_to BYTEA,
  subject_line BYTEA,
  body BYTEA
);
CREATE INDEX deliveries_due ON deliveries (next_attempt_at) WHERE state = 'queued';
CREATE INDEX deliveries_held ON deliveries (lease_until) WHERE state IN ('claimed', 'sending');
CREATE INDEX deliveries_of_subject ON deliveries (tenant_id, subject_id);
CREATE INDEX deliveries_of_action ON deliveries (tenant_id, action_id);
CREATE INDEX deliveries_of_campaign ON deliveries (tenant_id, campaign_id, id);
CREATE UNIQUE INDEX deliveries_token ON deliveries (token);
-- Every row is updated about four times within seconds, so dead rows are cleared early.
ALTER TABLE deliveries SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 1000);
SELECT tenant_table('deliveries');

-- Confirmation mails per address and day, across all tenants. The tag is keyed and changes every day.
CREATE TABLE mail_limits (
  address_tag TEXT NOT NULL,
  day DATE NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (address_tag, day)
);
SELECT worker_table('mail_limits');
