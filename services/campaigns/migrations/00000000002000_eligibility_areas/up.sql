-- Named areas that an organisation puts together. JSON and not JSONB: the definition is kept as it was sent, and a text in
-- it may hold an escaped NUL.
CREATE TABLE eligibility_areas (
  id UUID PRIMARY KEY,
  tenant_id UUID NOT NULL,
  name TEXT NOT NULL,
  area JSON NOT NULL,
  version INTEGER NOT NULL,
  created_at TIMESTAMPTZ NOT NULL,
  updated_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX eligibility_areas_tenant ON eligibility_areas (tenant_id, id);
SELECT tenant_table('eligibility_areas');
