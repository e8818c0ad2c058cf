-- Blind-index keys, one per tenant, wrapped. They never leave this service.
CREATE TABLE index_keys (
  tenant_id UUID PRIMARY KEY,
  kek_version INTEGER NOT NULL,
  wrapped BYTEA NOT NULL
);
SELECT tenant_table('index_keys');

-- People as one tenant knows them. The index is emptied when a person is erased, so that whoever comes back is somebody new.
CREATE TABLE subjects (
  subject_id UUID PRIMARY KEY,
  tenant_id UUID NOT NULL,
  email_index BYTEA,
  created_at TIMESTAMPTZ NOT NULL,
  destroyed_at TIMESTAMPTZ
);
CREATE UNIQUE INDEX subjects_email ON subjects (tenant_id, email_index);
SELECT tenant_table('subjects');

-- Data keys, wrapped. A destroyed key leaves its row without the key, so that it cannot be made again.
CREATE TABLE data_keys (
  subject_id UUID NOT NULL REFERENCES subjects,
  compartment TEXT NOT NULL,
  tenant_id UUID NOT NULL,
  kek_version INTEGER NOT NULL,
  wrapped BYTEA,
  created_at TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (subject_id, compartment)
);
CREATE INDEX data_keys_kek ON data_keys (kek_version) WHERE wrapped IS NOT NULL;
SELECT tenant_table('data_keys');
