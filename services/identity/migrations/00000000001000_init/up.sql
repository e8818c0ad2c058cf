-- Users are subjects of the platform's own tenant, while all rows about them belong to the organisation they act for.
-- A transaction bound to the platform's tenant sees those rows of every organisation: for signing in and for erasing.
CREATE FUNCTION platform_sees(t regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE POLICY of_platform ON %s USING (current_setting(''folkmoot.tenant'', true) = ''0f010000-0000-7000-8000-000000000001'')', t);
END $$;

CREATE TABLE tenants (
  tenant_id UUID PRIMARY KEY,
  slug TEXT NOT NULL CONSTRAINT tenants_slug_key UNIQUE,
  name TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('active', 'suspended')),
  created_at TIMESTAMPTZ NOT NULL
);
SELECT tenant_table('tenants');
SELECT platform_sees('tenants');

-- What one organisation knows of a person, and the password that is good for this organisation alone: whoever adds
-- somebody learns nothing from, and sets nothing for, the others that know them. The row outlives the membership.
CREATE TABLE users (
  tenant_id UUID NOT NULL REFERENCES tenants,
  subject_id UUID NOT NULL,
  id UUID NOT NULL CONSTRAINT users_id_key UNIQUE,
  email BYTEA NOT NULL,
  name BYTEA NOT NULL,
  password_hash BYTEA NOT NULL,
  created_at TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (tenant_id, subject_id)
);
CREATE INDEX users_subject ON users (subject_id);
SELECT tenant_table('users');
SELECT platform_sees('users');

CREATE TABLE memberships (
  tenant_id UUID NOT NULL,
  subject_id UUID NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'campaigner', 'analyst', 'data_protection_officer')),
  created_at TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (tenant_id, subject_id),
  FOREIGN KEY (tenant_id, subject_id) REFERENCES users
);
CREATE INDEX memberships_subject ON memberships (subject_id);
SELECT tenant_table('memberships');
SELECT platform_sees('memberships');

-- A session is a family of refresh tokens: one is good, the others are used up.
CREATE TABLE sessions (
  id UUID PRIMARY KEY,
  tenant_id UUID NOT NULL,
  subject_id UUID NOT NULL,
  created_at TIMESTAMPTZ NOT NULL,
  expires_at TIMESTAMPTZ NOT NULL,
  ended_at TIMESTAMPTZ,
  end_reason TEXT CHECK (end_reason IN ('signed_out', 'token_reused', 'membership_ended'))
);
CREATE INDEX sessions_subject ON sessions (subject_id);
CREATE INDEX sessions_expires_at ON sessions (expires_at);
SELECT tenant_table('sessions');
SELECT platform_sees('sessions');

CREATE TABLE refresh_tokens (
  token_hash BYTEA PRIMARY KEY,
  tenant_id UUID NOT NULL,
  session_id UUID NOT NULL REFERENCES sessions ON DELETE CASCADE,
  created_at TIMESTAMPTZ NOT NULL,
  rotated_at TIMESTAMPTZ
);
CREATE INDEX refresh_tokens_session ON refresh_tokens (session_id);
SELECT tenant_table('refresh_tokens');
SELECT platform_sees('refresh_tokens');

CREATE TABLE api_keys (
  id UUID PRIMARY KEY,
  tenant_id UUID NOT NULL REFERENCES tenants,
  key_hash BYTEA NOT NULL CONSTRAINT api_keys_hash_key UNIQUE,
  name TEXT NOT NULL,
  publishable BOOLEAN NOT NULL,
  test BOOLEAN NOT NULL,
  scopes TEXT[] NOT NULL,
  origins TEXT[] NOT NULL,
  created_at TIMESTAMPTZ NOT NULL,
  expires_at TIMESTAMPTZ,
  revoked_at TIMESTAMPTZ,
  last_used_at TIMESTAMPTZ
);
CREATE INDEX api_keys_tenant ON api_keys (tenant_id, id);
SELECT tenant_table('api_keys');

-- Attempts of known users. Where no organisation could be told, the row is the platform's.
CREATE TABLE sign_ins (
  id UUID PRIMARY KEY,
  tenant_id UUID NOT NULL,
  subject_id UUID NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('signed_in', 'wrong_password', 'no_membership', 'tenant_needed', 'token_reused')),
  ip BYTEA,
  at TIMESTAMPTZ NOT NULL
);
CREATE INDEX sign_ins_tenant ON sign_ins (tenant_id, id);
CREATE INDEX sign_ins_subject ON sign_ins (subject_id);
CREATE INDEX sign_ins_at ON sign_ins (at);
SELECT tenant_table('sign_ins');
SELECT platform_sees('sign_ins');

-- Attempts under an address nobody has: only how many a day.
CREATE TABLE unknown_sign_ins (
  tenant_id UUID NOT NULL,
  day DATE NOT NULL,
  attempts BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, day)
);
SELECT tenant_table('unknown_sign_ins');

-- Who changed what, and when. `actor_id` is a pseudonym; the name stands sealed in `users` and dies with its key.
CREATE TABLE audit (
  id UUID PRIMARY KEY,
  tenant_id UUID NOT NULL,
  actor_kind TEXT NOT NULL CHECK (actor_kind IN ('user', 'api_key', 'operator')),
  actor_id UUID NOT NULL,
  action TEXT NOT NULL,
  object_kind TEXT NOT NULL,
  object_id UUID NOT NULL,
  at TIMESTAMPTZ NOT NULL
);
CREATE INDEX audit_tenant ON audit (tenant_id, id);
SELECT tenant_table('audit');
-- Insert-only, for the owner and for the worker. The owner could grant itself the rest again; no code of the service does.
DO $$ BEGIN
  EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON audit FROM %I, %I', current_user, worker_role());
END $$;
