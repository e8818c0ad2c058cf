CREATE UNIQUE INDEX deliveries_token ON deliveries (token);
