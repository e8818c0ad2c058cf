-- Since when a service holds nothing about the person, who was not asked for since.
ALTER TABLE subjects ADD COLUMN leaving_at TIMESTAMPTZ;
