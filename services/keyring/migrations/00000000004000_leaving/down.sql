ALTER TABLE subjects DROP COLUMN leaving_at;
