-- Replies become sealed, with their status and headers. `status` and `reply` are no longer used, and are dropped by a later
-- release, so that replicas of the release before can still write them.
ALTER TABLE idempotency ADD COLUMN sealed_reply BYTEA;
