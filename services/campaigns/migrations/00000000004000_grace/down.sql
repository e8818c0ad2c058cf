ALTER TABLE campaigns DROP COLUMN grace_ends_at;
