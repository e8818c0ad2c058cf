-- Keys that sign tokens. Replicas share them; the private half is wrapped under the gateway's wrap key.
CREATE TABLE signing_keys (
  id UUID PRIMARY KEY,
  public_jwk TEXT NOT NULL,
  wrapped_key BYTEA NOT NULL,
  -- Published from here on …
  created_at TIMESTAMPTZ NOT NULL,
  -- … and signing from here on, until a younger key does.
  active_from TIMESTAMPTZ NOT NULL
);
CREATE INDEX signing_keys_active_from ON signing_keys (active_from);
SELECT worker_table('signing_keys');
