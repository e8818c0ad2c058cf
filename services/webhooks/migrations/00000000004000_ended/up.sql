-- The action, and the person, that a notice is about: it is deleted with them. The notice of their end has neither.
ALTER TABLE deliveries ADD COLUMN action_id UUID;
ALTER TABLE deliveries ADD COLUMN subject_id UUID;
CREATE INDEX deliveries_action ON deliveries (action_id) WHERE action_id IS NOT NULL;
CREATE INDEX deliveries_subject ON deliveries (subject_id) WHERE subject_id IS NOT NULL;

-- Actions that were anonymised and people who were erased, for as long as an event about them may still arrive.
CREATE TABLE ended (
  id UUID PRIMARY KEY,
  tenant_id UUID NOT NULL,
  ended_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX ended_at ON ended (ended_at);
SELECT tenant_table('ended');
