ALTER TABLE notes ADD COLUMN text TEXT;
CREATE INDEX notes_tenant ON notes (tenant_id, id);
