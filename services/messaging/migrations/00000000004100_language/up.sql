-- What Content-Language says of an email.
ALTER TABLE deliveries ADD COLUMN language TEXT;
