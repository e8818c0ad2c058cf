ALTER TABLE data_keys ADD FOREIGN KEY (subject_id) REFERENCES subjects;
