-- Names of organisations, as identity announced them.
CREATE TABLE tenants (
  tenant_id UUID PRIMARY KEY,
  slug TEXT NOT NULL,
  name TEXT NOT NULL
);
SELECT tenant_table('tenants');

CREATE TABLE campaigns (
  id UUID PRIMARY KEY,
  tenant_id UUID NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('message_to_representative', 'petition')),
  state TEXT NOT NULL CHECK (state IN ('draft', 'live', 'closed')),
  title TEXT NOT NULL,
  body TEXT NOT NULL,
  language TEXT NOT NULL,
  controller_policy_url TEXT NOT NULL,
  message_subject TEXT,
  message_body TEXT,
  consents JSONB NOT NULL,
  version INTEGER NOT NULL,
  created_at TIMESTAMPTZ NOT NULL,
  published_at TIMESTAMPTZ,
  closed_at TIMESTAMPTZ,
  CHECK ((message_subject IS NULL) = (message_body IS NULL))
);
CREATE INDEX campaigns_tenant ON campaigns (tenant_id, id);
SELECT tenant_table('campaigns');

-- Offices' published contacts; one per constituency.
CREATE TABLE representatives (
  id UUID PRIMARY KEY,
  tenant_id UUID NOT NULL,
  gss_code TEXT NOT NULL,
  name TEXT NOT NULL,
  party TEXT NOT NULL,
  office_email TEXT NOT NULL,
  office_address TEXT NOT NULL,
  salutation TEXT NOT NULL,
  imported_at TIMESTAMPTZ NOT NULL,
  CONSTRAINT representatives_one_per_constituency UNIQUE (tenant_id, gss_code)
);
SELECT tenant_table('representatives');

-- What supporters entered. No foreign key to campaigns: it would lock the campaign's row on the hot path.
CREATE TABLE actions (
  id UUID PRIMARY KEY,
  tenant_id UUID NOT NULL,
  campaign_id UUID NOT NULL,
  subject_id UUID,
  state TEXT NOT NULL CHECK (state IN ('submitted', 'confirmed', 'repeated', 'anonymised')),
  name BYTEA,
  email BYTEA,
  postcode BYTEA,
  address BYTEA,
  own_words BYTEA,
  subject_line BYTEA,
  constituency TEXT,
  constituency_name TEXT,
  place_pending BOOLEAN NOT NULL,
  link_hash BYTEA,
  taken_at TIMESTAMPTZ NOT NULL,
  expires_at TIMESTAMPTZ NOT NULL,
  confirmed_at TIMESTAMPTZ,
  message_id UUID,
  message_state TEXT CHECK (message_state IN ('waiting', 'no_target', 'composed', 'sent', 'failed', 'unknown')),
  CHECK (state <> 'anonymised' OR (subject_id IS NULL AND link_hash IS NULL AND name IS NULL AND email IS NULL
    AND postcode IS NULL AND address IS NULL AND own_words IS NULL AND subject_line IS NULL))
);
-- The last word on "one confirmed action per person".
CREATE UNIQUE INDEX actions_one_confirmed ON actions (campaign_id, subject_id)
  WHERE state = 'confirmed' AND subject_id IS NOT NULL;
CREATE UNIQUE INDEX actions_link ON actions (link_hash) WHERE link_hash IS NOT NULL;
CREATE INDEX actions_campaign ON actions (tenant_id, campaign_id, id);
CREATE INDEX actions_subject ON actions (tenant_id, subject_id) WHERE subject_id IS NOT NULL;
CREATE INDEX actions_unconfirmed ON actions (expires_at) WHERE state IN ('submitted', 'repeated');
CREATE INDEX actions_place_pending ON actions (id) WHERE place_pending;
CREATE INDEX actions_message ON actions (message_id) WHERE message_id IS NOT NULL;
SELECT tenant_table('actions');

-- What a supporter answered to each wording. Deferred, so that both inserts may travel together.
CREATE TABLE action_consents (
  action_id UUID NOT NULL REFERENCES actions (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  consent_id TEXT NOT NULL,
  tenant_id UUID NOT NULL,
  subject_id UUID NOT NULL,
  given BOOLEAN NOT NULL,
  wording_version INTEGER NOT NULL,
  PRIMARY KEY (action_id, consent_id)
);
CREATE INDEX action_consents_subject ON action_consents (tenant_id, subject_id);
SELECT tenant_table('action_consents');

-- Exact figures, folded from the confirmations' own events.
CREATE TABLE counters (
  tenant_id UUID NOT NULL,
  campaign_id UUID NOT NULL,
  constituency TEXT NOT NULL,
  count BIGINT NOT NULL,
  PRIMARY KEY (campaign_id, constituency)
);
SELECT tenant_table('counters');

-- Who took a campaign's data out, when, which fields, how many rows.
CREATE TABLE disclosures (
  id UUID PRIMARY KEY,
  tenant_id UUID NOT NULL,
  campaign_id UUID NOT NULL,
  actor_id TEXT NOT NULL,
  actor_kind TEXT NOT NULL,
  fields TEXT NOT NULL,
  rows BIGINT NOT NULL,
  begun_at TIMESTAMPTZ NOT NULL,
  finished_at TIMESTAMPTZ
);
CREATE INDEX disclosures_campaign ON disclosures (tenant_id, campaign_id, id);
SELECT tenant_table('disclosures');
