DROP TABLE answers, erasures, schedules;
