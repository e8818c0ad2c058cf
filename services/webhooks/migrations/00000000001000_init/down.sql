DROP TABLE attempts, deliveries, endpoints;
