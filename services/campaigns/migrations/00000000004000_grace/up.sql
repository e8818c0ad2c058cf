-- Until when links that were mailed before a campaign was closed still count. Empty once that time is over, and in rows that
-- the version before closed.
ALTER TABLE campaigns ADD COLUMN grace_ends_at TIMESTAMPTZ;
CREATE INDEX campaigns_in_grace ON campaigns (grace_ends_at) WHERE grace_ends_at IS NOT NULL;
