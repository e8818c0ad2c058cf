DROP TABLE eligibility_areas;
