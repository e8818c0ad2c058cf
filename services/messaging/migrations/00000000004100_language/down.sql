ALTER TABLE deliveries DROP COLUMN language;
