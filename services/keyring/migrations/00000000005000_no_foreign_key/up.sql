-- Each new key looked its person up and locked the row. A person's row is never deleted, and keys are inserted with the
-- person, or for one who was just read as living.
ALTER TABLE data_keys DROP CONSTRAINT data_keys_subject_id_fkey;
