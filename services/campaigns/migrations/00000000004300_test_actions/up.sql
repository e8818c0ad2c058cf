-- What test keys made: no event reports it, it is never counted, and only test keys see it.
ALTER TABLE actions ADD COLUMN test BOOLEAN NOT NULL DEFAULT false;
