DROP TABLE mail_limits;
DROP TABLE deliveries;
