ALTER TABLE notes ADD COLUMN more TEXT;
CREATE TABLE more (id UUID PRIMARY KEY, tenant_id UUID NOT NULL);
SELECT tenant_table('more');
