DROP TABLE disclosures;
DROP TABLE counters;
DROP TABLE action_consents;
DROP TABLE actions;
DROP TABLE representatives;
DROP TABLE campaigns;
DROP TABLE tenants;
