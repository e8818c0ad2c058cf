ALTER TABLE idempotency DROP COLUMN sealed_reply;
