CREATE TABLE notes (id UUID PRIMARY KEY, tenant_id UUID NOT NULL);
SELECT tenant_table('notes');
