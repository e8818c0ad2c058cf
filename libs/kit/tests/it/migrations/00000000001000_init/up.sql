CREATE TABLE notes (
  id UUID PRIMARY KEY,
  tenant_id UUID NOT NULL,
  text TEXT NOT NULL
);
SELECT tenant_table('notes');
