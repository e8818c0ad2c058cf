DROP TABLE ended;
ALTER TABLE deliveries DROP COLUMN subject_id;
ALTER TABLE deliveries DROP COLUMN action_id;
