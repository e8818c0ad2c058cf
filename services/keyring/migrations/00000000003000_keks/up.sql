-- Since when each key-encryption key wraps, for a metric of its age. The keys themselves are in no database.
CREATE TABLE keks (
  version INTEGER PRIMARY KEY,
  first_used_at TIMESTAMPTZ NOT NULL
);
SELECT worker_table('keks');
